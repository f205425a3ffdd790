#include "core/ops/rules.h"

namespace nnrun {

OpDef op_exp() {
  OpDef d = elementwise_op("exp", "e to the power of x", 1);
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] * c.out[0]};
  };
  return d;
}

}  // namespace nnrun
