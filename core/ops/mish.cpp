#include "core/ops/rules.h"

namespace nnrun {

OpDef op_mish() {
  OpDef d = formula_op("mish", "x * tanh(softplus(x))", "x0 * tanh(x0 > 20 ? x0 : log1p(exp(x0)))");
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
