#include "core/ops/functions.h"
#include "core/run/metric.h"

namespace nnrun {

MetricDef metric_mae() {
  MetricDef m;
  m.name = "mae";
  m.doc = "mean absolute error over all values";
  m.higher_is_better = false;
  m.sums = [](Builder&, const MetricCall& c) -> std::vector<Var> {
    return {sum(mean(cast(abs(c.prediction - c.target), DType::float64), {-1}))};
  };
  m.finish = [](const std::vector<Array>& s, int64_t rows) { return s[0].at(0) / double(rows); };
  return m;
}

}  // namespace nnrun
