#include "core/ops/rules.h"

namespace nnrun {

OpDef op_tanhshrink() {
  OpDef d = formula_op("tanhshrink", "x - tanh(x)", "x0 - tanh(x0)");
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
