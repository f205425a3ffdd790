#include "core/ops/rules.h"

namespace nnrun {

OpDef op_erf() {
  OpDef d = elementwise_op("erf", "the error function", 1);
  d.flags |= kZeroToZero;
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const double two_over_sqrt_pi = 1.1283791670955126;
    return {c.gout[0] * exp(-(c.in[0] * c.in[0])) * two_over_sqrt_pi};
  };
  return d;
}

}  // namespace nnrun
