#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sub() {
  OpDef d = elementwise_op("sub", "x - y", 2);
  d.flags |= kZeroToZero;
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Var g = c.gout[0];
    return {c.want[0] ? sum_to(g, c.in[0].shape()) : Var{},
            c.want[1] ? sum_to(-g, c.in[1].shape()) : Var{}};
  };
  return d;
}

}  // namespace nnrun
