// Loading one library into this process. The only user of Boost.DLL.
#pragma once

#include <string>
#include <vector>

#include "core/plugin/file.h"
#include "core/plugin/tables.h"

namespace nnrun {

/// A plug-in that runs in this process, from here to its end: it is never unloaded.
struct LoadedPlugin {
  PluginFile file;
  std::string folder;
  PluginTables tables;
  nnr_host host = {};  // what its init() was given
};

/// Examines the file, tries it in a child process when its hash is new (probe.h), loads it
/// (RTLD_NOW|RTLD_LOCAL), calls entry and init, and checks the tables. sha256: what the file must
/// have; "": anything. A file that is loaded already, by whatever path, is given again.
/// The first call sets GOMP_SPINCOUNT in the environment, unless it or OMP_WAIT_POLICY is set.
/// Throws Error(backend) with the reason alone, without the path.
LoadedPlugin& load_library(const std::string& path, const std::string& sha256);

/// dlopen, entry, init and the checks, without examining or probing: what the child process does
/// too. One call at a time. Throws Error(backend).
PluginTables open_library(const std::string& path, const nnr_host* host);

/// Those loaded so far, in order; they never move.
std::vector<const LoadedPlugin*> loaded_libraries();

/// Calls shutdown() of all loaded plug-ins, the last one first.
void shutdown_libraries();

}  // namespace nnrun
