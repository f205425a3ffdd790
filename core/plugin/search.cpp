#include "core/plugin/search.h"

#include <dlfcn.h>
#include <link.h>
#include <nnrun/error.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <set>
#include <sstream>

#include "core/base/text.h"
#include "core/plugin/plugins.h"

namespace nnrun {
namespace {

namespace fs = std::filesystem;

SearchPath& current() {
  static SearchPath* p = new SearchPath;
  return *p;
}

std::string environment(const char* name) {
  const char* v = std::getenv(name);
  return v ? v : "";
}

std::string absolute(const fs::path& p, const fs::path& base) {
  std::error_code ec;
  fs::path full = p.is_absolute() ? p : base / p;
  if (full.is_relative()) full = fs::absolute(full, ec);
  return full.lexically_normal().string();
}

bool ends_with(const std::string& s, std::string_view end) {
  return s.size() >= end.size() && s.compare(s.size() - end.size(), end.size(), end) == 0;
}

bool plain_name(const std::string& s) {
  auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.';
  };
  return !s.empty() && s.size() <= 100 && s[0] != '.' && std::all_of(s.begin(), s.end(), fits);
}

/// lib/nnrun of the installation that this code is part of, wherever that was moved to.
fs::path beside_this_code() {
  std::error_code ec;
  Dl_info info;
  link_map* library = nullptr;
  const auto here = reinterpret_cast<const void*>(&beside_this_code);
  if (::dladdr1(here, &info, reinterpret_cast<void**>(&library), RTLD_DL_LINKMAP) != 0 &&
      *library->l_name != '\0') {
    return fs::path(library->l_name).parent_path() / "nnrun";
  }
  const fs::path program =
      fs::read_symlink("/proc/self/exe", ec);  // whose name in the map is empty
  return ec ? fs::path() : program.parent_path() / "../lib/nnrun";
}

}  // namespace

void set_search_path(SearchPath path) { current() = std::move(path); }
const SearchPath& search_path() { return current(); }

std::vector<std::string> SearchPath::all() const {
  std::vector<std::string> dirs;
  auto add = [&](const fs::path& p) {
    if (p.empty()) return;
    std::string dir = absolute(p, "");
    if (dir.size() > 1 && dir.back() == '/') dir.pop_back();
    if (std::find(dirs.begin(), dirs.end(), dir) == dirs.end()) dirs.push_back(std::move(dir));
  };
  for (const std::string& d : command_line) add(d);
  std::istringstream list(environment("NNRUN_PLUGIN_PATH"));
  for (std::string d; std::getline(list, d, ':');) add(d);
  for (const std::string& d : model_file) add(d);
  if (const std::string data = environment("XDG_DATA_HOME"); fs::path(data).is_absolute()) {
    add(fs::path(data) / "nnrun/plugins");
  } else if (const std::string home = environment("HOME"); !home.empty()) {
    add(fs::path(home) / ".local/share/nnrun/plugins");
  }
  add(beside_this_code());
#ifdef NNRUN_INSTALLED_MODULE_DIR
  add(NNRUN_INSTALLED_MODULE_DIR);  // of the installation
#endif
  return dirs;
}

std::vector<std::string> candidates(const std::string& name_or_path, const std::string& base_dir,
                                    const std::string& prefix) {
  if (name_or_path.find('/') != std::string::npos || ends_with(name_or_path, ".so")) {
    return {absolute(name_or_path, base_dir)};
  }
  if (!plain_name(name_or_path)) {
    throw Error(Code::backend, "'" + printable(name_or_path, 80) + "' is not a plug-in's name")
        .with_hint("letters, digits, '_', '-' and '.'; a path has a '/' or ends in .so");
  }
  std::vector<std::string> files;
  for (const std::string& dir : search_path().all()) {
    files.push_back(dir + "/" + prefix + name_or_path + ".so");
  }
  return files;
}

std::vector<std::string> found_files() {
  std::vector<std::string> files;
  std::set<std::string> names;
  for (const std::string& dir : search_path().all()) {
    std::vector<std::string> here;
    std::error_code ec;
    for (fs::directory_iterator it(dir, ec), end; !ec && it != end; it.increment(ec)) {
      const std::string name = it->path().filename().string();
      if (name.rfind(kPluginPrefix, 0) == 0 && ends_with(name, ".so")) here.push_back(name);
    }
    std::sort(here.begin(), here.end());
    for (const std::string& name : here) {
      if (names.insert(name).second) files.push_back(dir + "/" + name);
    }
  }
  return files;
}

}  // namespace nnrun
