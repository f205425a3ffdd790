#include "core/ops/rules.h"

namespace nnrun {

OpDef op_pow() {
  OpDef d = elementwise_op("pow", "x to the power of y; 0 to the power of 0 is 1", 2, 0.3, 2);
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Var x = c.in[0], y = c.in[1], g = c.gout[0];
    Var gx, gy;
    if (c.want[0]) {
      // y x^(y-1), and 0 for y = 0, where x^(y-1) may be infinite.
      const Var constant = eq(y, 0.0);
      const Var slope = y * pow(x, where(constant, like(y, 1), y - 1));
      gx = sum_to(g * where(constant, like(y, 0), slope), x.shape());
    }
    if (c.want[1]) {
      // x^y log x, and 0 for x = 0 where the power is finite.
      const Var flat = logical_and(eq(x, 0.0), ge(y, 0.0));
      gy = sum_to(g * (c.out[0] * log(where(flat, like(x, 1), x))), y.shape());
    }
    return {gx, gy};
  };
  return d;
}

}  // namespace nnrun
