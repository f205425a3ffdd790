#include "core/ops/functions.h"
#include "core/run/metric.h"

namespace nnrun {

MetricDef metric_f1() {
  MetricDef m;
  m.name = "f1";
  m.doc = "F1 score: of class 1 when there are two, else the mean over classes (macro)";
  m.sums = [](Builder& b, const MetricCall& c) -> std::vector<Var> {
    const Classes k = classes_of(b, c);
    const auto one_hot = [&](Var x) {
      const Var flat = reshape(x, {x.shape().numel()});
      return cast(b.call1("one_hot", {flat}, {{"num_classes", k.count}}), DType::float64);
    };
    const Var p = one_hot(k.predicted), t = one_hot(k.truth);
    return {sum(p * t, {0}), sum(p, {0}), sum(t, {0})};  // true positives, predicted, true
  };
  m.finish = [](const std::vector<Array>& s, int64_t) {
    const auto f1 = [&](int64_t k) {
      const double both = s[1].at(k) + s[2].at(k);
      return both > 0 ? 2 * s[0].at(k) / both : 0;
    };
    const int64_t n = s[0].numel();
    if (n == 2) return f1(1);
    double total = 0;
    for (int64_t k = 0; k < n; ++k) total += f1(k);
    return total / double(n);
  };
  return m;
}

}  // namespace nnrun
