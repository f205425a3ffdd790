#include "core/data/targets.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/base/text.h"
#include "core/data/cells.h"

namespace nnrun {
namespace {

constexpr int64_t kMostClasses = 1 << 20;  // where the model does not say how many

using Names = std::vector<std::string>;

/// The labels of a column or an array as one sequence.
struct Labels {
  size_t count = 0;
  std::function<bool(size_t, double*)> number;  // false: text
  std::function<std::string(size_t)> text;
  std::function<Where(size_t)> where;
  std::string begin;  // of messages
  Code code = Code::data;

  [[noreturn]] void fail(size_t row, const std::string& why, std::string hint = "") const {
    throw Error(code, begin + why).at(where(row)).with_hint(std::move(hint));
  }
};

Labels labels_of(const RawData& raw, size_t column) {
  const Column& c = raw.columns[column];
  Labels l;
  l.count = c.size();
  l.number = [&c](size_t row, double* v) {
    if (!c.computed()) return parse_number(c.text[row], v);
    *v = c.numbers[row];
    return true;
  };
  l.text = [&c](size_t row) {
    return c.computed() ? number_text(c.numbers[row]) : std::string(c.text[row]);
  };
  l.where = [&raw, column](size_t row) { return raw.where(row, column); };
  l.begin = column_text(c);
  l.code = raw.code;
  return l;
}

Labels labels_of(const Array& a, const std::string& file) {
  const bool one_each = a.shape().rank() == 1 || (a.shape().rank() == 2 && a.shape()[1] == 1);
  if (!one_each) {
    throw Error(Code::data, printable(file) + ": targets have shape " + a.shape().str() +
                                ", expected one class a row: (N,)");
  }
  Labels l;
  l.count = size_t(a.numel());
  l.number = [a](size_t row, double* v) {
    *v = a.at(int64_t(row));
    return true;
  };
  l.text = [a](size_t row) { return number_text(a.at(int64_t(row))); };
  l.where = [file](size_t row) { return Where{file, int(std::min<size_t>(row + 1, INT32_MAX))}; };
  return l;
}

Names counted(int64_t n) {
  Names names;
  for (int64_t i = 0; i < n; ++i) names.push_back(std::to_string(i));
  return names;
}

bool are_counted(const Names& names) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] != std::to_string(i)) return false;
  }
  return true;
}

/// The label as an integer in [0, n).
int64_t index_of(const Labels& l, size_t row, int64_t n) {
  double v;
  const bool is_number = l.number(row, &v);
  if (is_number && v == std::floor(v) && v >= 0 && v < double(n)) return int64_t(v);
  l.fail(row,
         "label '" + (is_number ? number_text(v) : printable(l.text(row), 32)) +
             "' is not a class, expected an integer 0 to " + std::to_string(n - 1),
         is_number && v == double(n) ? "labels count from 0" : "");
}

bool any_number(const Labels& l) {
  double v;
  for (size_t row = 0; row < l.count; ++row) {
    if (l.number(row, &v)) return true;
  }
  return false;
}

Names text_classes(const Labels& l, int64_t n_outputs) {
  std::set<std::string> seen;
  for (size_t row = 0; row < l.count; ++row) {
    std::string label = l.text(row);
    if (label.empty()) l.fail(row, "the cell is empty, expected a class");
    seen.insert(std::move(label));
  }
  if (n_outputs > 0 && int64_t(seen.size()) > n_outputs) {
    Names shown;
    for (const std::string& s : seen) {
      if (shown.size() == 12) break;
      shown.push_back(printable(s, 32));
    }
    throw Error(l.code, l.begin + "has " + std::to_string(seen.size()) + " classes (" +
                            join(shown) + (seen.size() > 12 ? ", ..." : "") +
                            "), the model tells apart " + std::to_string(n_outputs));
  }
  return {seen.begin(), seen.end()};
}

Names classes_of(const Labels& l, const Column* column, int64_t n_outputs) {
  if (column != nullptr && !column->classes.empty()) {
    Names names;
    for (double v : column->classes) names.push_back(number_text(v));
    return names;
  }
  if (!any_number(l)) return text_classes(l, n_outputs);
  int64_t n = n_outputs;
  if (n == 0) {
    for (size_t row = 0; row < l.count; ++row) {
      n = std::max(n, index_of(l, row, kMostClasses) + 1);
    }
  }
  return counted(n);
}

}  // namespace

Array class_targets(const RawData& raw, const Names& target, int64_t n_outputs, Names* classes) {
  const Column* column = nullptr;
  Labels l;
  if (raw.is_table()) {
    if (target.size() != 1) {
      throw Error(Code::model,
                  "target: " + std::to_string(target.size()) + " columns, but classes stand in one")
          .with_hint("several columns need a loss like MSELoss or BCEWithLogitsLoss");
    }
    const size_t index = require_column(raw, target[0], "target");
    column = &raw.columns[index];
    l = labels_of(raw, index);
  } else {
    l = labels_of(raw.targets, raw.targets_file);
  }
  if (classes->empty()) *classes = classes_of(l, column, n_outputs);

  Array out(DType::int64, {int64_t(l.count)});
  int64_t* to = out.data<int64_t>();
  if (are_counted(*classes)) {
    for (size_t row = 0; row < l.count; ++row) to[row] = index_of(l, row, int64_t(classes->size()));
    return out;
  }
  std::map<std::string, int64_t> index;
  for (const std::string& name : *classes) index.emplace(name, int64_t(index.size()));
  for (size_t row = 0; row < l.count; ++row) {
    auto it = index.find(l.text(row));
    double v;
    // A class "1" may stand in another file as 1.0.
    if (it == index.end() && l.number(row, &v)) it = index.find(number_text(v));
    if (it == index.end()) {
      Names shown;
      for (size_t i = 0; i < classes->size() && i < 12; ++i) {
        shown.push_back(printable((*classes)[i], 32));
      }
      l.fail(row, "'" + printable(l.text(row), 32) + "' is not one of the classes",
             "the classes: " + join(shown) + (classes->size() > 12 ? ", ..." : ""));
    }
    to[row] = it->second;
  }
  return out;
}

Array number_targets(const RawData& raw, const Names& target) {
  if (!raw.is_table()) {
    check_finite(raw.targets, raw.targets_file);
    const Array a = raw.targets.cast(DType::float32);
    return a.shape().rank() == 1 ? a.reshaped({a.shape()[0], 1}) : a;
  }
  const int64_t rows = int64_t(raw.columns[0].size()), count = int64_t(target.size());
  Array out(DType::float32, {rows, count});
  for (int64_t k = 0; k < count; ++k) {
    const size_t column = require_column(raw, target[size_t(k)], "target");
    const std::vector<double> values =
        numbers_of(raw, column, "labels in words need CrossEntropyLoss or NLLLoss");
    for (int64_t i = 0; i < rows; ++i) out.data<float>()[i * count + k] = float(values[size_t(i)]);
  }
  return out;
}

}  // namespace nnrun
