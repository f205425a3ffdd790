#include "core/ops/functions.h"
#include "core/run/metric.h"

namespace nnrun {

MetricDef metric_r2() {
  MetricDef m;
  m.name = "r2";
  m.doc = "coefficient of determination, 1 - SS_res / SS_tot, averaged over columns";
  m.sums = [](Builder&, const MetricCall& c) -> std::vector<Var> {
    const Var t = cast(c.target, DType::float64);
    const Var d = cast(c.prediction, DType::float64) - t;
    return {sum(d * d, {0}), sum(t, {0}), sum(t * t, {0})};
  };
  m.finish = [](const std::vector<Array>& s, int64_t rows) {
    double total = 0;
    for (int64_t k = 0; k < s[0].numel(); ++k) {
      const double ss = s[2].at(k) - s[1].at(k) * s[1].at(k) / double(rows);
      // A constant target explains nothing: 1 when met exactly, else 0, as scikit-learn.
      total += ss > 0 ? 1 - s[0].at(k) / ss : s[0].at(k) == 0 ? 1 : 0;
    }
    return total / double(s[0].numel());
  };
  return m;
}

}  // namespace nnrun
