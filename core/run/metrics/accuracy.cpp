#include "core/ops/functions.h"
#include "core/run/metric.h"

namespace nnrun {

MetricDef metric_accuracy() {
  MetricDef m;
  m.name = "accuracy";
  m.doc = "share of rows whose class is predicted right";
  m.sums = [](Builder& b, const MetricCall& c) -> std::vector<Var> {
    const Classes k = classes_of(b, c);
    const double per_row =
        double(k.predicted.shape().numel()) / double(std::max<int64_t>(k.predicted.shape()[0], 1));
    return {sum(cast(eq(k.predicted, k.truth), DType::float64)) / per_row};
  };
  m.finish = [](const std::vector<Array>& s, int64_t rows) { return s[0].at(0) / double(rows); };
  return m;
}

}  // namespace nnrun
