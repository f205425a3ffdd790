#include "core/ops/losses.h"

namespace nnrun {

OpDef op_huber_loss() {
  ValueLoss loss{"huber_loss",
                 "(x - y)^2 / 2 up to |x - y| = delta, then delta (|x - y| - delta/2)",
                 "d = abs(x0 - x1); d < a0 ? 0.5*d*d : a0*(d - 0.5*a0)"};
  loss.number = {attr("delta", 1.0, "where the parabola ends").above(0)};
  return value_loss(std::move(loss));
}

}  // namespace nnrun
