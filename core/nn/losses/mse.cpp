#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_mse() {
  return value_loss("MSELoss", "(prediction - target)^2", "mse_loss", {mean_or_sum_attr()});
}

}  // namespace nnrun
