#include "core/ops/rules.h"

namespace nnrun {

OpDef op_silu() {
  OpDef d = formula_op("silu", "x * sigmoid(x)", "x0 * sigmoid(x0)");
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
