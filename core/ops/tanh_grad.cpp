#include "core/ops/rules.h"

namespace nnrun {

OpDef op_tanh_grad() {
  OpDef d = elementwise_op("tanh_grad", "gy * (1 - y * y), of the result y of tanh", 2, -1, 1);
  d.compose = [](Builder&, const Attrs&, std::span<const Var> in) -> std::vector<Var> {
    return {in[0] * (1.0 - in[1] * in[1])};
  };
  return d;
}

}  // namespace nnrun
