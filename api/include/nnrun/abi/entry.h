/* The one exported symbol of a plug-in.
 *
 * Load order: entry, init, get_iface for each interface the host knows, ..., shutdown before exit
 * (skipped when the process is dying). The library is never unloaded. The struct and every table
 * live until the process ends. init, get_iface and shutdown never run at once with anything else of
 * the same plug-in. Until the ABI is frozen the symbol ends in _v0 and the host demands its own
 * minor. */
#ifndef NNRUN_ABI_ENTRY_H
#define NNRUN_ABI_ENTRY_H

#include "host.h"

#define NNR_ABI_MAJOR 0
#define NNR_ABI_MINOR 1
#define NNR_ENTRY_NAME "nnr_plugin_entry_v0"

NNR_BEGIN
typedef struct nnr_plugin {
  uint32_t struct_size, built_major, built_minor, min_host_minor;
  const char *name, *version, *license, *build_id;
  nnr_status (*init)(const nnr_host* h, nnr_err* e) NNR_NX;
  const void* (*get_iface)(const char* id)NNR_NX; /* NULL: not offered */
  void (*shutdown)(void) NNR_NX;
} nnr_plugin;

NNR_EXPORT const nnr_plugin* nnr_plugin_entry_v0(void) NNR_NX;
NNR_END

#endif
