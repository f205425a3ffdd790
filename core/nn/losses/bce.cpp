#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_bce() {
  return value_loss("BCELoss", "cross-entropy of probabilities, each for itself",
                    "binary_cross_entropy", {mean_or_sum_attr()});
}

}  // namespace nnrun
