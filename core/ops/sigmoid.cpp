#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sigmoid() {
  OpDef d = elementwise_op("sigmoid", "1 / (1 + exp(-x))", 1);
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("sigmoid_grad", {c.gout[0], c.out[0]})};
  };
  return d;
}

}  // namespace nnrun
