// The model files behind `nnrun new`: the folder templates/ compiled in.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace nnrun::cli {

struct Template {
  std::string name, about;  // about: the first comment line
  std::string yaml;
  std::vector<std::pair<std::string, std::string>> files;  // data it needs: name, content
};

/// From the simple to the large.
const std::vector<Template>& templates();

/// Writes a file that must not exist yet, making its folder; Error(data) otherwise.
void write_new_file(const std::string& path, const std::string& text);

}  // namespace nnrun::cli
