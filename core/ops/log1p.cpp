#include "core/ops/rules.h"

namespace nnrun {

OpDef op_log1p() {
  OpDef d = elementwise_op("log1p", "log(1 + x), exact near 0", 1, -0.5, 2);
  d.flags |= kZeroToZero;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] / (c.in[0] + 1)};
  };
  return d;
}

}  // namespace nnrun
