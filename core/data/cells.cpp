#include "core/data/cells.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "core/base/text.h"

namespace nnrun {

std::string column_text(const Column& column) {
  return "column '" + printable(column.name, 64) + "': ";
}

std::string cell_text(const Column& column, size_t row) {
  return "'" +
         (column.computed() ? number_text(column.numbers[row]) : printable(column.text[row], 32)) +
         "'";
}

std::vector<double> numbers_of(const RawData& table, size_t column, const std::string& hint) {
  const Column& c = table.columns[column];
  if (c.computed()) return c.numbers;
  std::vector<double> values(c.size());
  for (size_t row = 0; row < values.size(); ++row) {
    const std::string_view cell = c.text[row];
    std::string wrong;
    if (cell.empty()) {
      wrong = "the cell is empty, expected a number";
    } else if (!parse_number(cell, &values[row])) {
      wrong = cell_text(c, row) + " is not a finite number";
    } else if (std::fabs(values[row]) > double(std::numeric_limits<float>::max())) {
      wrong = cell_text(c, row) + " is beyond the range of float32";
    }
    if (wrong.empty()) continue;
    const bool comma = cell.find(',') != std::string_view::npos;
    throw Error(table.code, column_text(c) + wrong)
        .at(table.where(row, column))
        .with_hint(comma ? "numbers have a decimal point, not a comma" : hint);
  }
  return values;
}

size_t find_column(const RawData& table, const std::string& name) {
  const size_t n = table.columns.size();
  for (size_t i = 0; i < n; ++i) {
    if (table.columns[i].name == name) return i;
  }
  size_t index = n;
  const char* end = name.data() + name.size();
  const auto r = std::from_chars(name.data(), end, index);
  return r.ec == std::errc() && r.ptr == end ? std::min(index, n) : n;
}

size_t require_column(const RawData& table, const std::string& name, const std::string& what) {
  const size_t i = find_column(table, name);
  if (i < table.columns.size()) return i;
  std::vector<std::string> names;
  for (const Column& c : table.columns) names.push_back(printable(c.name, 64));
  std::string hint = did_you_mean(name, names);
  if (hint.empty() && names.size() <= 12) hint = "columns: " + join(names);
  throw Error(Code::model, what + ": no column '" + printable(name, 64) + "'")
      .with_hint(std::move(hint));
}

void check_finite(const Array& a, const std::string& file) {
  if (!is_float(a.dtype()) || a.numel() == 0) return;
  const int64_t n = a.numel();
  sdk::visit(a.dtype(), [&](auto tag) {
    using T = typename decltype(tag)::type;
    const T* p = a.data<T>();
    for (int64_t i = 0; i < n; ++i) {
      const double v = double(static_cast<sdk::compute_t<T>>(p[i]));
      if (std::isfinite(v)) continue;
      const int64_t row = i / (n / a.shape()[0]);
      throw Error(Code::data, "row " + std::to_string(row + 1) + " holds " + number_text(v) +
                                  ", expected finite numbers")
          .at({file, int(std::min<int64_t>(row + 1, INT32_MAX))});
    }
  });
}

}  // namespace nnrun
