#include "core/ops/rules.h"

namespace nnrun {

OpDef op_cos() {
  OpDef d = elementwise_op("cos", "the cosine of x in radians", 1);
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {-(c.gout[0] * sin(c.in[0]))};
  };
  return d;
}

}  // namespace nnrun
