#include "core/ops/rules.h"

namespace nnrun {

OpDef op_abs() {
  OpDef d = elementwise_op("abs", "|x|; its derivative at 0 is 0", 1);
  d.flags |= kZeroToZero;
  d.dtypes = sdk::kFloats | sdk::kInts;
  for (Sample& s : d.samples) s.kinks = {0};
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] * sign(c.in[0])};
  };
  return d;
}

}  // namespace nnrun
