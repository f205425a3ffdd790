#include "core/ops/rules.h"

namespace nnrun {

OpDef op_add() {
  OpDef d = elementwise_op("add", "x + y", 2);
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {sum_to(c.gout[0], c.in[0].shape()), sum_to(c.gout[0], c.in[1].shape())};
  };
  return d;
}

}  // namespace nnrun
