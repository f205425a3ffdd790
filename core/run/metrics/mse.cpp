#include "core/ops/functions.h"
#include "core/run/metric.h"

namespace nnrun {

MetricDef metric_mse() {
  MetricDef m;
  m.name = "mse";
  m.doc = "mean squared error over all values";
  m.higher_is_better = false;
  m.sums = [](Builder&, const MetricCall& c) -> std::vector<Var> {
    const Var d = cast(c.prediction - c.target, DType::float64);
    return {sum(mean(d * d, {-1}))};
  };
  m.finish = [](const std::vector<Array>& s, int64_t rows) { return s[0].at(0) / double(rows); };
  return m;
}

}  // namespace nnrun
