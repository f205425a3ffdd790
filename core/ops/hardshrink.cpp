#include "core/ops/rules.h"

namespace nnrun {

OpDef op_hardshrink() {
  OpDef d =
      formula_op("hardshrink", "0 for |x| <= lambd, else x", "abs(x0) <= a0 ? 0 : x0",
                 {attr("lambd", 0.5, "half the width of the flat part").at_least(0)}, {-0.5, 0.5});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
