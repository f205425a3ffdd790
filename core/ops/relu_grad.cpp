#include "core/ops/rules.h"

namespace nnrun {

OpDef op_relu_grad() {
  OpDef d = elementwise_op("relu_grad", "gy where y > 0, else 0, of relu's result y", 2);
  d.compose = [](Builder&, const Attrs&, std::span<const Var> in) -> std::vector<Var> {
    return {where(gt(in[1], 0.0), in[0], like(in[0], 0))};
  };
  for (Sample& s : d.samples) s.kinks = {0};
  return d;
}

}  // namespace nnrun
