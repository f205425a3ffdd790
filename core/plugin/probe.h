// First sight of a library: it is loaded in a child process, which does all that loading will do
// here. A constructor that exits, hangs or crashes, and a table that points nowhere, end that child
// and not us. This contains accidents; it is no sandbox, and plug-ins are trusted code.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/plugin/file.h"

namespace nnrun {

struct ProbeResult {
  bool ok = false;
  std::string reason, hint;           // of !ok
  std::string name, version;          // of ok
  std::vector<std::string> provides;  // of ok, as PluginTables
};

/// The verdict, from $XDG_CACHE_HOME/nnrun/probe/ when this hash went well before; only good
/// verdicts are kept there, and a cache that cannot be read or written is no error. Forks: best
/// called before the process has other threads, because the child may do no more than they left
/// possible.
ProbeResult probe(const PluginFile& file);

/// How long the child may take; 10 seconds at start.
void set_probe_timeout(std::chrono::milliseconds t);

}  // namespace nnrun
