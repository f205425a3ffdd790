#include "core/ops/rules.h"

namespace nnrun {

OpDef op_floor() {
  OpDef d = elementwise_op("floor", "the largest integer not above x", 1);
  d.flags |= kZeroToZero;
  for (Sample& s : d.samples) s.kinks = {-2, -1, 0, 1, 2};
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {zeros_like(c.in[0])};  // wherever there is a derivative; as torch has it, at a jump too
  };
  return d;
}

}  // namespace nnrun
