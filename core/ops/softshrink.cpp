#include "core/ops/rules.h"

namespace nnrun {

OpDef op_softshrink() {
  OpDef d =
      formula_op("softshrink", "x moved towards 0 by lambd, 0 within it",
                 "abs(x0) <= a0 ? 0 : (x0 > 0 ? x0 - a0 : x0 + a0)",
                 {attr("lambd", 0.5, "half the width of the flat part").at_least(0)}, {-0.5, 0.5});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
