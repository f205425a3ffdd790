#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_nll() {
  return class_loss(
      "NLLLoss", "-prediction of the class; predictions are log-probabilities", "nll_loss",
      {attr("ignore_index", -100, "a class that does not count"), mean_or_sum_attr()});
}

}  // namespace nnrun
