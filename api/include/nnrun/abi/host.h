/* What the host offers a plug-in. Valid from init() until shutdown() returns.
 *
 * log and cancelled may be called from any thread; parallel_for from a thread the host gave. */
#ifndef NNRUN_ABI_HOST_H
#define NNRUN_ABI_HOST_H

#include "status.h"

NNR_BEGIN
enum { NNR_LOG_ERROR = 0, NNR_LOG_WARN = 1, NNR_LOG_INFO = 2, NNR_LOG_DEBUG = 3 };

typedef void (*nnr_task)(void* arg, int64_t begin, int64_t end, uint32_t slot) NNR_NX;

typedef struct nnr_host {
  uint32_t struct_size, abi_major, abi_minor, min_plugin_minor;
  void* ctx;
  const char *version, *plugin_dir;
  const void* (*get_iface)(void* ctx, const char* id)NNR_NX;
  void (*log)(void* ctx, int32_t level, const char* msg, uint64_t len) NNR_NX;
  /* Runs fn over [0, n) in chunks of `grain`, on at most `threads` threads (the caller is one), and
   * returns when all is done. Chunk borders depend on n and grain alone. slot < threads is for
   * scratch, never for partial sums. Nested calls run serially. */
  void (*parallel_for)(void* ctx, int64_t n, int64_t grain, uint32_t threads, nnr_task fn,
                       void* arg) NNR_NX;
  int32_t (*cancelled)(void* ctx) NNR_NX;
} nnr_host;
NNR_END

#endif
