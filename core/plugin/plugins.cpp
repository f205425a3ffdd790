#include "core/plugin/plugins.h"

#include <algorithm>
#include <mutex>

#include "core/base/text.h"
#include "core/plugin/adapt.h"
#include "core/plugin/fp_guard.h"
#include "core/plugin/host.h"
#include "core/plugin/load.h"
#include "core/plugin/probe.h"
#include "core/plugin/search.h"

namespace nnrun {
namespace {

struct Registry {
  std::recursive_mutex mutex;
  std::map<std::string, std::string> owner;    // of each op, scalar and layer: the file
  std::map<std::string, std::string> by_name;  // plug-ins registered: name to file
  std::map<std::string, PluginLayer> layers;
  std::map<std::string, std::shared_ptr<Backend>> backends;
};
Registry& registry() {
  static Registry* r = new Registry;
  return *r;
}

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// "nnrun-backend-onednn.so" -> "onednn"; "" when it is not the file of a backend.
std::string backend_of(const std::string& path) {
  const std::string prefix = kBackendPrefix, name = file_name(path);
  if (name.rfind(prefix, 0) != 0) return "";
  return name.substr(prefix.size(), name.size() - prefix.size() - 3);
}

PluginInfo info_of(const PluginFile& f) {
  PluginInfo i;
  i.file = f.path;
  i.sha256 = f.sha256;
  i.abi_major = NNR_ABI_MAJOR;
  i.abi_minor = NNR_ABI_MINOR;
  return i;
}

PluginInfo info_of(const LoadedPlugin& p) {
  PluginInfo i = info_of(p.file);
  i.name = p.tables.name;
  i.version = p.tables.version;
  i.provides = p.tables.provides;
  i.ok = true;
  return i;
}

bool is_there(const std::string& reason) {
  return reason.find(": no such file") == std::string::npos;
}

/// What to do when none of the files is there; of a name there is one in each folder.
std::string where_to_look(const std::vector<std::string>& files) {
  if (files.size() < 2) return "";
  return "build it, or set NNRUN_PLUGIN_PATH to the folder of " + file_name(files[0]);
}

/// Loads the first of the files that can be: `use` may refuse it after loading by throwing
/// Error(backend). When none can, one Error with a note for each.
template <class F>
LoadedPlugin& load_first(const std::string& what, const std::vector<std::string>& files,
                         const std::string& sha256, const Where& where, F&& use) {
  std::vector<std::string> reasons;
  std::string hint;
  for (const std::string& file : files) {
    try {
      LoadedPlugin& p = load_library(file, sha256);
      use(p);
      for (const std::string& r : reasons) {
        if (is_there(r)) plugin_log(NNR_LOG_WARN, "passed over: " + r);
      }
      return p;
    } catch (const Error& e) {
      if (e.code() != Code::backend) throw;
      reasons.push_back(file + ": " + e.what());
      if (hint.empty()) hint = e.hint();
    }
  }
  // The reason belongs to the message, which is all that some callers show: that of the one file
  // that is there.
  const auto there = std::find_if(reasons.begin(), reasons.end(), is_there);
  if (there == reasons.end()) hint = where_to_look(files);
  Error error(Code::backend, there == reasons.end() ? what : what + ": " + *there);
  for (const std::string& r : reasons) {
    if (there == reasons.end() || &r != &*there) std::move(error).with_note({}, r);
  }
  throw std::move(error).at(where).with_hint(hint);
}

/// Registers what the plug-in brings, all or nothing.
void register_plugin(const LoadedPlugin& p) {
  Registry& r = registry();
  if (const auto it = r.by_name.find(p.tables.name); it != r.by_name.end()) {
    if (it->second == p.file.path) return;
    throw Error(Code::backend,
                "another plug-in named '" + p.tables.name + "' is loaded already: " + it->second);
  }
  std::vector<std::string> names;
  for (const std::string& entry : p.tables.provides) {
    const size_t space = entry.find(' ');
    if (space != std::string::npos && entry.rfind("backend ", 0) != 0) {
      names.push_back(entry.substr(space + 1));
    }
  }
  for (const std::string& name : names) {
    if (const auto it = r.owner.find(name); it != r.owner.end()) {
      throw Error(Code::backend, "'" + name + "' is already the name of one in " + it->second);
    }
    if (try_find_op(name) != nullptr) {
      throw Error(Code::backend, "'" + name + "' is the name of one of nnrun's own ops");
    }
  }
  std::vector<OpDef> ops;
  const PluginTables& t = p.tables;
  for (uint32_t i = 0; t.ops && i < t.ops->n; ++i) ops.push_back(adapt_op(*t.ops->op[i], t.name));
  for (uint32_t i = 0; t.scalars && i < t.scalars->n; ++i) {
    ops.push_back(adapt_scalar(*t.scalars->fn[i], t.name));
  }
  for (OpDef& op : ops) add_op(std::move(op));
  for (uint32_t i = 0; t.layers && i < t.layers->n; ++i) {
    const nnr_layer* l = t.layers->layer[i];
    r.layers.emplace(std::string(l->name.ptr, l->name.len), PluginLayer{l, t.name, p.file.path});
  }
  for (const std::string& name : names) r.owner[name] = p.file.path;
  r.by_name[t.name] = p.file.path;
}

void check_provides(const PluginRequest& request, const LoadedPlugin& p) {
  for (const std::string& want : request.provides) {
    const auto& have = p.tables.provides;
    const bool found = std::any_of(have.begin(), have.end(), [&](const std::string& entry) {
      return entry == want || entry.substr(entry.find(' ') + 1) == want;
    });
    if (!found) {
      throw Error(Code::backend,
                  "does not provide '" + printable(want, 100) + "'; it has: " + join(have));
    }
  }
}

}  // namespace

PluginInfo load_plugin(const PluginRequest& request) {
  std::lock_guard lock(registry().mutex);
  const LoadedPlugin& p =
      load_first("plug-in " + printable(request.name_or_file) + ": not loaded",
                 candidates(request.name_or_file, request.base_dir, kPluginPrefix), request.sha256,
                 request.where, [&](const LoadedPlugin& loaded) {
                   check_provides(request, loaded);
                   register_plugin(loaded);
                 });
  return info_of(p);
}

std::vector<PluginInfo> loaded_plugins() {
  std::vector<PluginInfo> r;
  for (const LoadedPlugin* p : loaded_libraries()) r.push_back(info_of(*p));
  return r;
}

std::shared_ptr<Backend> find_backend(const std::string& name) {
  Registry& r = registry();
  std::lock_guard lock(r.mutex);
  if (const auto it = r.backends.find(name); it != r.backends.end()) return it->second;

  const std::vector<std::string> files = candidates(name, "", kBackendPrefix);
  const std::vector<std::string> found = backend_names();
  if (std::find(found.begin(), found.end(), name) == found.end()) {
    Error error(Code::backend, "there is no backend '" + name +
                                   "'; found: " + (found.empty() ? "none" : join(found)));
    for (const std::string& f : files) std::move(error).with_note({}, f + ": no such file");
    const std::string meant = did_you_mean(name, found);
    throw std::move(error).with_hint(meant.empty() ? where_to_look(files) : meant);
  }
  std::shared_ptr<Backend> backend;
  load_first("backend '" + name + "' cannot be used", files, "", {}, [&](LoadedPlugin& p) {
    if (p.tables.backend == nullptr) {
      throw Error(Code::backend, "has no backend; it provides: " + join(p.tables.provides));
    }
    register_plugin(p);
    const FpGuard fp("opening backend '" + name + "'");
    try {
      backend =
          std::make_shared<Backend>(p.tables.backend, p.tables.compiler, &p.host, p.file.path);
    } catch (const Error& e) {
      throw Error(e).with_hint("nnrun devices lists what runs here");
    }
    if (backend->name() != name) {
      throw Error(Code::backend, "its backend calls itself '" + backend->name() + "'");
    }
  });
  r.backends[name] = backend;
  return backend;
}

std::vector<std::string> backend_names() {
  std::vector<std::string> names;
  for (const std::string& f : found_files()) {
    if (const std::string name = backend_of(f); !name.empty()) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

PluginInfo inspect_plugin(const std::string& file) {
  PluginInfo i;
  i.file = file;
  try {
    const PluginFile f = examine_file(file);
    i = info_of(f);
    const ProbeResult r = probe(f);
    i.ok = r.ok;
    i.reason = r.reason;
    i.name = r.name;
    i.version = r.version;
    i.provides = r.provides;
  } catch (const Error& e) {
    i.reason = e.what();
  }
  return i;
}

std::vector<PluginInfo> list_plugins() {
  std::vector<PluginInfo> r;
  for (const std::string& f : found_files()) r.push_back(inspect_plugin(f));
  return r;
}

const std::map<std::string, PluginLayer>& plugin_layers() { return registry().layers; }

void shutdown_plugins() {
  std::lock_guard lock(registry().mutex);
  registry().backends.clear();
  shutdown_libraries();
}

}  // namespace nnrun
