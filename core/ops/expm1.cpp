#include "core/ops/rules.h"

namespace nnrun {

OpDef op_expm1() {
  OpDef d = elementwise_op("expm1", "exp(x) - 1, exact near 0", 1);
  d.flags |= kZeroToZero;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] * (c.out[0] + 1)};
  };
  return d;
}

}  // namespace nnrun
