#include "core/ops/rules.h"

namespace nnrun {

OpDef op_relu() {
  OpDef d = elementwise_op("relu", "max(x, 0); its derivative at 0 is 0", 1);
  d.flags |= kZeroToZero;
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("relu_grad", {c.gout[0], c.out[0]})};
  };
  for (Sample& s : d.samples) s.kinks = {0};
  return d;
}

}  // namespace nnrun
