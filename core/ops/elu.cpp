#include "core/ops/rules.h"

namespace nnrun {

OpDef op_elu() {
  OpDef d =
      formula_op("elu", "x for x > 0, else alpha * (exp(x) - 1)", "x0 > 0 ? x0 : a0 * expm1(x0)",
                 {attr("alpha", 1.0, "minus the limit at -infinity")}, {0});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
