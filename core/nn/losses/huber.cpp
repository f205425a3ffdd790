#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_huber() {
  return value_loss("HuberLoss", "half the square below delta, delta * (|d| - delta / 2) above",
                    "huber_loss",
                    {mean_or_sum_attr(), attr("delta", 1.0, "where the square ends").above(0)});
}

}  // namespace nnrun
