#include "core/ops/rules.h"

namespace nnrun {

OpDef op_maximum() {
  OpDef d = elementwise_op(
      "maximum",
      "the larger of x and y; NaN when either is. At a tie each gets half of the gradient", 2);
  d.flags |= kZeroToZero;
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Var x = c.in[0], y = c.in[1], g = c.gout[0];
    const Var tie = where(eq(x, y), g * 0.5, like(g, 0));
    return {c.want[0] ? sum_to(where(gt(x, y), g, tie), x.shape()) : Var{},
            c.want[1] ? sum_to(where(gt(y, x), g, tie), y.shape()) : Var{}};
  };
  return d;
}

}  // namespace nnrun
