#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sigmoid_grad() {
  OpDef d = elementwise_op("sigmoid_grad", "gy * y * (1 - y), of the result y of sigmoid", 2, 0, 1);
  d.compose = [](Builder&, const Attrs&, std::span<const Var> in) -> std::vector<Var> {
    return {in[0] * in[1] * (1.0 - in[1])};
  };
  return d;
}

}  // namespace nnrun
