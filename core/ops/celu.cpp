#include "core/ops/rules.h"

namespace nnrun {

OpDef op_celu() {
  OpDef d = formula_op("celu", "x for x > 0, else alpha * (exp(x / alpha) - 1)",
                       "x0 > 0 ? x0 : a0 * expm1(x0 / a0)",
                       {attr("alpha", 1.0, "minus the limit at -infinity").above(0)}, {0});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
