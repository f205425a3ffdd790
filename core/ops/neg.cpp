#include "core/ops/rules.h"

namespace nnrun {

OpDef op_neg() {
  OpDef d = elementwise_op("neg", "-x", 1);
  d.flags |= kZeroToZero;
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> { return {-c.gout[0]}; };
  return d;
}

}  // namespace nnrun
