#include "core/nn/loss_parts.h"

namespace nnrun {

LossDef loss_cross_entropy() {
  return class_loss(
      "CrossEntropyLoss", "-log softmax(prediction) of the class", "cross_entropy",
      {attr("ignore_index", -100, "a class that does not count"), mean_or_sum_attr(),
       attr("label_smoothing", 0.0, "share of the target spread over all classes").range(0, 1)});
}

}  // namespace nnrun
