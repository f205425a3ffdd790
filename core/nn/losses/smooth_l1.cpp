#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_smooth_l1() {
  return value_loss("SmoothL1Loss", "half the square below beta (over beta), |d| - beta / 2 above",
                    "smooth_l1_loss",
                    {mean_or_sum_attr(), attr("beta", 1.0, "where the square ends").at_least(0)});
}

}  // namespace nnrun
