#include "core/ops/rules.h"

namespace nnrun {

OpDef op_leaky_relu() {
  OpDef d =
      formula_op("leaky_relu", "x for x > 0, else negative_slope * x", "x0 > 0 ? x0 : a0 * x0",
                 {attr("negative_slope", 0.01, "slope for x <= 0")}, {0});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
