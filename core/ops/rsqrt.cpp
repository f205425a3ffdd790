#include "core/ops/rules.h"

namespace nnrun {

OpDef op_rsqrt() {
  OpDef d = elementwise_op("rsqrt", "1 / sqrt(x)", 1, 0.2, 3);
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] * -0.5 * (c.out[0] * c.out[0] * c.out[0])};
  };
  return d;
}

}  // namespace nnrun
