#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sin() {
  OpDef d = elementwise_op("sin", "the sine of x in radians", 1);
  d.flags |= kZeroToZero;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] * cos(c.in[0])};
  };
  return d;
}

}  // namespace nnrun
