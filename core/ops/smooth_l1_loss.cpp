#include "core/ops/losses.h"

namespace nnrun {

OpDef op_smooth_l1_loss() {
  ValueLoss loss{"smooth_l1_loss",
                 "(x - y)^2 / (2 beta) up to |x - y| = beta, then |x - y| - beta/2",
                 "d = abs(x0 - x1); d < a0 ? 0.5*d*d/a0 : d - 0.5*a0"};
  loss.number = {attr("beta", 1.0, "where the parabola ends; 0: l1_loss").at_least(0)};
  return value_loss(std::move(loss));
}

}  // namespace nnrun
