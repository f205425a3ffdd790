#include "core/ops/rules.h"

namespace nnrun {

OpDef op_round() {
  OpDef d = elementwise_op("round", "the nearest integer; halves go to the even one", 1);
  d.flags |= kZeroToZero;
  for (Sample& s : d.samples) s.kinks = {-1.5, -0.5, 0.5, 1.5};
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {zeros_like(c.in[0])};  // wherever there is a derivative; as torch has it, at a jump too
  };
  return d;
}

}  // namespace nnrun
