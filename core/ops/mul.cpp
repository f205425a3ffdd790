#include "core/ops/rules.h"

namespace nnrun {

OpDef op_mul() {
  OpDef d = elementwise_op("mul", "x * y", 2);
  d.flags |= kZeroToZero;
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Var x = c.in[0], y = c.in[1], g = c.gout[0];
    return {c.want[0] ? sum_to(g * y, x.shape()) : Var{},
            c.want[1] ? sum_to(g * x, y.shape()) : Var{}};
  };
  return d;
}

}  // namespace nnrun
