#include "core/ops/rules.h"

namespace nnrun {

OpDef op_relu6() {
  OpDef d =
      formula_op("relu6", "min(max(x, 0), 6)", "x0 <= 0 ? 0 : (x0 >= 6 ? 6 : x0)", {}, {0, 6});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
