#include "core/run/metric.h"

#include "core/base/text.h"
#include "core/ops/functions.h"

namespace nnrun {

std::vector<MetricDef> builtin_metrics();  // generated from metrics/

namespace {

const std::vector<MetricDef>& metrics() {
  static const std::vector<MetricDef> m = builtin_metrics();
  return m;
}

}  // namespace

std::vector<const MetricDef*> all_metrics() {
  std::vector<const MetricDef*> r;
  for (const MetricDef& m : metrics()) r.push_back(&m);
  return r;
}

const MetricDef& find_metric(const std::string& name) {
  std::vector<std::string> names;
  for (const MetricDef& m : metrics()) {
    if (m.name == name) return m;
    names.push_back(m.name);
  }
  std::string hint = did_you_mean(name, names);
  if (hint.empty()) hint = "metrics are: " + join(names);
  throw Error(Code::model, "unknown metric '" + printable(name) + "'").with_hint(hint);
}

Classes classes_of(Builder& b, const MetricCall& c) {
  const auto argmax = [&](Var x) { return b.call1("argmax", {x}, {{"dim", 1}}); };
  if (c.decision == Decision::argmax) {
    const bool indices = !is_float(c.target.dtype());
    return {argmax(c.prediction), indices ? cast(c.target, DType::int64) : argmax(c.target),
            c.prediction.shape()[1]};
  }
  const double p = c.decision == Decision::half ? 0.5 : 0;
  const double t = c.decision == Decision::sign ? 0 : 0.5;
  return {cast(gt(c.prediction, p), DType::int64), cast(gt(c.target, t), DType::int64), 2};
}

}  // namespace nnrun
