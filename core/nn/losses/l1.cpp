#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_l1() {
  return value_loss("L1Loss", "|prediction - target|", "l1_loss", {mean_or_sum_attr()});
}

}  // namespace nnrun
