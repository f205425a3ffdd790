// Finding and loading shared libraries: backends, and plug-ins with ops, scalars and layers. The
// only user of Boost.DLL. A library is checked before any of its code runs (plug-in file, ELF,
// owner, hash), probed in a child process at first sight, loaded by absolute path with
// RTLD_NOW|RTLD_LOCAL, and never unloaded. All functions may be called from any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/plugin/backend.h"

namespace nnrun {

/// One entry of the model file's `plugins:` list, or of --plugin.
struct PluginRequest {
  std::string name_or_file;           // "step", or a path (has a slash or ends in .so)
  std::string base_dir;               // what a relative path is relative to
  std::string sha256;                 // "" : not pinned
  std::vector<std::string> provides;  // checked against what it does provide; empty: anything
  Where where;                        // of the entry, for messages
};

/// What one library offers, or why it is not loaded.
struct PluginInfo {
  std::string file, name, version, sha256;
  int abi_major = 0, abi_minor = 0;
  std::vector<std::string> provides;  // "backend onednn", "op nnrun.step", "layer acme.Maxout", ...
  bool ok = false;
  std::string reason;  // of !ok: one line
};

/// Where libraries are looked for, in order: --plugin-path, NNRUN_PLUGIN_PATH, plugins.path of the
/// model file, $XDG_DATA_HOME/nnrun/plugins, lib/nnrun of the installation that this code is part
/// of. Set once per process run by the command or the embedding program.
struct SearchPath {
  std::vector<std::string> command_line, model_file;
  std::vector<std::string> all() const;
};
void set_search_path(SearchPath path);
const SearchPath& search_path();

/// Loads a plug-in (once; a second request for the same file is a no-op) and registers its ops,
/// scalars and layers. Throws Error(backend) with one note per path tried.
PluginInfo load_plugin(const PluginRequest& request);

/// The opened backend of that name: found as nnrun-backend-NAME.so, loaded and opened at first use.
/// Throws Error(backend): not found (with the backends found and the paths searched), broken, or
/// cannot run here (with its reason).
std::shared_ptr<Backend> find_backend(const std::string& name);

/// Names of the backends whose files are found, without loading them.
std::vector<std::string> backend_names();

/// What is loaded in this process, in order.
std::vector<PluginInfo> loaded_plugins();

/// Every library found on the search path; each is probed, not loaded into this process.
std::vector<PluginInfo> list_plugins();
PluginInfo inspect_plugin(const std::string& file);

/// Layers that plug-ins brought, by full name, as the C table; short names resolve when unique.
struct PluginLayer {
  const nnr_layer* layer;
  std::string plugin, file;
};
const std::map<std::string, PluginLayer>& plugin_layers();

/// The services offered to every plug-in: threads, log, cancellation.
const nnr_host* plugin_host();

/// Calls shutdown() of every loaded plug-in in reverse order, after closing backends. Once, before
/// exit; nothing of a plug-in may be in use.
void shutdown_plugins();

}  // namespace nnrun
