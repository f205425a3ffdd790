#include "core/ops/rules.h"

namespace nnrun {

OpDef op_square() {
  OpDef d = formula_op("square", "x * x", "x0 * x0");
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
