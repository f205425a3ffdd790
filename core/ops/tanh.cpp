#include "core/ops/rules.h"

namespace nnrun {

OpDef op_tanh() {
  OpDef d = elementwise_op("tanh", "the hyperbolic tangent", 1);
  d.flags |= kZeroToZero;
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("tanh_grad", {c.gout[0], c.out[0]})};
  };
  return d;
}

}  // namespace nnrun
