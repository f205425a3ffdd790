// Short ways to say a data section in tests; each value gets a mark that names it.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "core/data/data.h"

namespace nnrun::test {

inline SourceConfig source(const std::string& type, const Attrs& attrs,
                           const std::string& base_dir = "") {
  SourceConfig s;
  s.type = type;
  s.attrs = attrs;
  s.base_dir = base_dir;
  s.where = {"m.yaml", 1, 1};
  int col = 10;
  for (const auto& [name, value] : attrs) s.marks[name] = {"m.yaml", 1, col++};
  return s;
}

/// Columns and rows as words: inline_rows("x y t", {"0 0 no", "0 1 yes"}).
inline SourceConfig inline_rows(const std::string& columns, const std::vector<std::string>& rows) {
  auto words = [](const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> all;
    for (std::string word; in >> word;) all.push_back(word);
    return all;
  };
  SourceConfig s = source("inline", {});
  s.columns = words(columns);
  for (size_t r = 0; r < rows.size(); ++r) {
    s.rows.push_back(words(rows[r]));
    s.row_marks.emplace_back();
    for (size_t c = 0; c < s.rows[r].size(); ++c) {
      s.row_marks[r].push_back({"m.yaml", 100 + int(r), 1 + int(c)});
    }
  }
  return s;
}

inline DataConfig data(SourceConfig source, std::vector<std::string> features,
                       std::vector<std::string> target) {
  DataConfig d;
  d.source = std::move(source);
  d.features = std::move(features);
  d.target = std::move(target);
  d.where = {"m.yaml", 2, 1};
  d.marks = {{"features", {"m.yaml", 3, 1}},
             {"target", {"m.yaml", 4, 1}},
             {"normalize", {"m.yaml", 5, 1}}};
  return d;
}

}  // namespace nnrun::test
