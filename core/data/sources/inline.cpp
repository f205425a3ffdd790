// {type: inline, columns: [x1, x2, t], rows: [[0, 0, 0], [0, 1, 1]]}
#include <set>

#include "core/base/text.h"
#include "core/data/source.h"

namespace nnrun {
namespace {

std::vector<Column> columns_of(const SourceConfig& config) {
  std::vector<Column> columns(config.columns.empty() ? config.rows[0].size()
                                                     : config.columns.size());
  std::set<std::string> seen;
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].name = config.columns.empty() ? std::to_string(i) : config.columns[i];
    if (!seen.insert(columns[i].name).second) {
      throw Error(Code::model, "two columns are named '" + printable(columns[i].name, 32) + "'")
          .at(config.where);
    }
  }
  return columns;
}

Where mark_of_cell(const SourceConfig& config, size_t row, size_t column) {
  const auto& marks = config.row_marks;
  return row < marks.size() && column < marks[row].size() ? marks[row][column] : config.where;
}

RawData load_inline(const SourceConfig& config, const Attrs&, uint64_t) {
  if (config.rows.empty() || config.rows[0].empty()) {
    throw Error(Code::model, "inline data has no rows").at(config.where);
  }
  RawData raw;
  raw.code = Code::model;
  raw.columns = columns_of(config);
  for (size_t row = 0; row < config.rows.size(); ++row) {
    const auto& cells = config.rows[row];
    if (cells.size() != raw.columns.size()) {
      throw Error(Code::model, "row " + std::to_string(row + 1) + ": expected " +
                                   std::to_string(raw.columns.size()) + " columns, got " +
                                   std::to_string(cells.size()))
          .at(mark_of_cell(config, row, 0));
    }
    for (size_t i = 0; i < cells.size(); ++i) raw.columns[i].text.push_back(trimmed(cells[i]));
  }
  raw.where = [config](size_t row, size_t column) { return mark_of_cell(config, row, column); };
  return raw;
}

}  // namespace

SourceDef source_inline() {
  return {.name = "inline",
          .doc = "A table written into the model file: columns, and rows of cells.",
          .attrs = {},
          .read = load_inline};
}

}  // namespace nnrun
