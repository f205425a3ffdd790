#include "core/data/features.h"

#include <cmath>
#include <limits>

#include "core/base/text.h"
#include "core/data/cells.h"
#include "core/data/expression.h"

namespace nnrun {
namespace {

std::vector<double> derived(const RawData& table, const std::string& text) {
  std::vector<std::string> names;
  for (const Column& c : table.columns) names.push_back(c.name);
  const Expression f(text, names);
  if (f.inputs().empty()) {
    throw Error(Code::model, "feature '" + printable(text, 64) + "' reads no column");
  }
  std::vector<std::vector<double>> inputs;
  for (size_t i : f.inputs()) inputs.push_back(numbers_of(table, i));
  std::vector<double> result(table.columns[0].size()), row_values(inputs.size());
  for (size_t row = 0; row < result.size(); ++row) {
    for (size_t i = 0; i < inputs.size(); ++i) row_values[i] = inputs[i][row];
    result[row] = f(row_values);
    if (!(std::fabs(result[row]) <= double(std::numeric_limits<float>::max()))) {
      throw Error(table.code, "feature '" + printable(text, 64) + "' is " +
                                  number_text(result[row]) + " here, expected a finite float32")
          .at(table.where(row, f.inputs()[0]));
    }
  }
  return result;
}

}  // namespace

Array features_of(const RawData& table, const std::vector<std::string>& names) {
  const int64_t rows = int64_t(table.columns[0].size()), count = int64_t(names.size());
  Array out(DType::float32, {rows, count});
  float* to = out.data<float>();
  for (int64_t k = 0; k < count; ++k) {
    const std::string& name = names[size_t(k)];
    const size_t column = find_column(table, name);
    const std::vector<double> values =
        column < table.columns.size() ? numbers_of(table, column) : derived(table, name);
    for (int64_t i = 0; i < rows; ++i) to[i * count + k] = float(values[size_t(i)]);
  }
  return out;
}

Array as_samples(const Array& features, const Shape& sample_shape, Code code) {
  if (sample_shape.empty()) return features;
  Shape want = sample_shape;
  want.insert(0, features.shape()[0]);
  if (want == features.shape()) return features;
  Shape without_channels = want;
  without_channels.erase(1);
  if (sample_shape[0] == 1 && without_channels == features.shape()) return features.reshaped(want);
  const Shape one(features.shape().begin() + 1, features.shape().end());
  std::string hint;
  if (one.numel() == sample_shape.numel() && one.rank() > sample_shape.rank()) {
    hint = "write input_shape: " + AttrValue(one.vector()).str() + " and begin with Flatten";
  }
  throw Error(code, "one sample of the data has shape " + one.str() +
                        ", the model's input_shape is " + sample_shape.str())
      .with_hint(std::move(hint));
}

}  // namespace nnrun
