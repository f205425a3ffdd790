#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sign() {
  OpDef d = elementwise_op("sign", "-1, 0 or 1; NaN of NaN", 1);
  d.flags |= kZeroToZero;
  d.dtypes = sdk::kFloats | sdk::kInts;
  for (Sample& s : d.samples) s.kinks = {0};
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {zeros_like(c.in[0])};  // wherever there is a derivative; as torch has it, at a jump too
  };
  return d;
}

}  // namespace nnrun
