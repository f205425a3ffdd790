#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sqrt() {
  OpDef d = elementwise_op("sqrt", "the square root; its derivative at 0 is infinite", 1, 0.2, 3);
  d.flags |= kZeroToZero;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] * 0.5 / c.out[0]};
  };
  return d;
}

}  // namespace nnrun
