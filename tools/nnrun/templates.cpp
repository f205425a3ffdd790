#include "tools/nnrun/templates.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <nnrun/error.h>

namespace nnrun::cli {

std::vector<std::pair<std::string, std::string>> template_files();  // generated from templates/

namespace {

/// The first line of a template is a comment that says what it is.
std::string about(const std::string& yaml) {
  return yaml.rfind("# ", 0) == 0 ? yaml.substr(2, yaml.find('\n') - 2) : "";
}

}  // namespace

const std::vector<Template>& templates() {
  static const std::vector<Template> all = [] {
    // The order of `new --list`; a template that is not named here comes last.
    static const char* const order[] = {"perceptron",  "xor",         "spiral",      "mlp-csv",
                                        "plugin-step", "fashion-mlp", "fashion-cnn", "resnet18"};
    std::vector<Template> t;
    const auto files = template_files();
    for (const auto& [name, text] : files) {
      if (name.size() < 5 || name.substr(name.size() - 5) != ".yaml") continue;
      t.push_back({name.substr(0, name.size() - 5), about(text), text, {}});
    }
    for (Template& x : t) {
      for (const auto& [name, text] : files) {
        // A data file belongs to the template that names it.
        if (name.find(".yaml") == std::string::npos && x.yaml.find(name) != std::string::npos) {
          x.files.emplace_back(name, text);
        }
      }
    }
    const auto rank = [](const Template& x) {
      return std::find(std::begin(order), std::end(order), x.name) - std::begin(order);
    };
    std::stable_sort(t.begin(), t.end(),
                     [&](const Template& x, const Template& y) { return rank(x) < rank(y); });
    return t;
  }();
  return all;
}

void write_new_file(const std::string& path, const std::string& text) {
  std::error_code e;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), e);
  std::FILE* f = std::fopen(path.c_str(), "wx");
  if (f == nullptr) throw Error(Code::data, path + ": " + std::strerror(errno));
  const bool written = std::fwrite(text.data(), 1, text.size(), f) == text.size();
  if (std::fclose(f) != 0 || !written) throw Error(Code::data, path + ": " + std::strerror(errno));
}

}  // namespace nnrun::cli
