#include "core/ops/rules.h"

namespace nnrun {

OpDef op_hardswish() {
  OpDef d = formula_op("hardswish", "x * hardsigmoid(x)",
                       "x0 <= -3 ? 0 : (x0 >= 3 ? x0 : x0 * (x0 + 3) / 6)", {}, {-3, 3});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
