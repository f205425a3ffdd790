#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_bce_with_logits() {
  return value_loss("BCEWithLogitsLoss", "BCELoss of sigmoid(prediction), computed safely",
                    "binary_cross_entropy_with_logits", {mean_or_sum_attr()});
}

}  // namespace nnrun
