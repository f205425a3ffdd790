#include "core/ops/rules.h"

namespace nnrun {

OpDef op_div() {
  OpDef d = elementwise_op("div", "x / y", 2, 0.5, 2);
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Var x = c.in[0], y = c.in[1], g = c.gout[0];
    return {c.want[0] ? sum_to(g / y, x.shape()) : Var{},
            c.want[1] ? sum_to(-(g * (c.out[0] / y)), y.shape()) : Var{}};
  };
  return d;
}

}  // namespace nnrun
