#include "core/plugin/load.h"

#include <nnrun/error.h>

#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <deque>
#include <mutex>

#include "core/base/text.h"
#include "core/plugin/backend.h"
#include "core/plugin/fp_guard.h"
#include "core/plugin/host.h"
#include "core/plugin/probe.h"

namespace nnrun {
namespace {

struct Loaded {
  std::mutex mutex;
  std::deque<LoadedPlugin> plugins;  // in the order they were loaded; elements never move
};
Loaded& loaded() {
  static Loaded* l = new Loaded;
  return *l;
}

/// The dynamic linker's words, without the path that stands in front of them.
Error linker_error(const std::string& path, std::string text) {
  for (size_t at; (at = text.find(path + ": ")) != std::string::npos;) {
    text.erase(at, path.size() + 2);
  }
  const std::string prefix = "boost::dll::shared_library::load() failed: ";
  if (text.rfind(prefix, 0) == 0) text.erase(0, prefix.size());
  std::string hint;
  if (text.find("cannot open shared object file") != std::string::npos) {
    hint = "a library it needs is not installed, or not where the dynamic linker looks";
  } else if (text.find("static TLS") != std::string::npos) {
    hint = "it is built with -ftls-model=initial-exec, and too much of that is loaded already";
  }
  return Error(Code::backend, printable(text, 600)).with_hint(hint);
}

/// GNU's OpenMP, which a backend may bring, has its threads spin for milliseconds after each
/// region, on the cores that the host's pool (base/thread_pool.h) works on by then; about 20
/// microseconds are as long as that pool spins. It reads this when it is loaded. What the user says
/// stays.
void keep_openmp_from_spinning() {
  if (std::getenv("OMP_WAIT_POLICY") == nullptr) ::setenv("GOMP_SPINCOUNT", "1000", 0);
}

}  // namespace

PluginTables open_library(const std::string& path, const nnr_host* host) {
  namespace dll = boost::dll;
  // Kept to the end: the destructor of a shared_library would unload it. rtld_deepbind stays off,
  // which would give the library a malloc of its own under sanitizers.
  static auto& libraries = *new std::deque<dll::shared_library>;
  dll::shared_library& library = libraries.emplace_back();
  boost::dll::fs::error_code ec;
  library.load(path, ec, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
  if (ec) {
    libraries.pop_back();
    const char* text = ::dlerror();
    throw linker_error(path, text ? text : ec.message());
  }
  using Entry = const nnr_plugin*() noexcept;
  PluginTables t = check_plugin(library.get<Entry>(NNR_ENTRY_NAME)());
  abi_call("init", [&](nnr_err* e) { return t.plugin->init(host, e); });
  check_interfaces(t);
  return t;
}

LoadedPlugin& load_library(const std::string& path, const std::string& sha256) {
  std::lock_guard lock(loaded().mutex);
  [[maybe_unused]] static const bool once = (keep_openmp_from_spinning(), true);
  PluginFile file = examine_file(path);
  if (!sha256.empty() && sha256 != file.sha256) {
    throw Error(Code::backend, "pinned " + printable(sha256, 64) + ", file is " + file.sha256)
        .with_hint("if the change is meant, pin the new one: nnrun plugins hash FILE");
  }
  for (LoadedPlugin& p : loaded().plugins) {
    if (p.file.device == file.device && p.file.inode == file.inode) return p;
  }
  const ProbeResult probed = probe(file);
  if (!probed.ok) throw Error(Code::backend, probed.reason).with_hint(probed.hint);
  if (!same_file(file)) throw Error(Code::backend, "the file changed while it was examined");

  LoadedPlugin p;
  p.file = std::move(file);
  p.folder = p.file.path.substr(0, p.file.path.rfind('/'));
  LoadedPlugin& kept = loaded().plugins.emplace_back(std::move(p));
  kept.host = make_plugin_host(kept.folder.c_str());
  try {
    const FpGuard fp("loading " + kept.file.path);
    kept.tables = open_library(kept.file.path, &kept.host);
  } catch (...) {
    loaded().plugins.pop_back();
    throw;
  }
  return kept;
}

std::vector<const LoadedPlugin*> loaded_libraries() {
  std::lock_guard lock(loaded().mutex);
  std::vector<const LoadedPlugin*> r;
  for (const LoadedPlugin& p : loaded().plugins) r.push_back(&p);
  return r;
}

void shutdown_libraries() {
  std::lock_guard lock(loaded().mutex);
  for (auto p = loaded().plugins.rbegin(); p != loaded().plugins.rend(); ++p) {
    p->tables.plugin->shutdown();
  }
  loaded().plugins.clear();
}

}  // namespace nnrun
