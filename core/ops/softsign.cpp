#include "core/ops/rules.h"

namespace nnrun {

OpDef op_softsign() {
  OpDef d = formula_op("softsign", "x / (1 + |x|)", "x0 / (1 + abs(x0))");
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
