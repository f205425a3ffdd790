#include "core/nn/optimizer_parts.h"

namespace nnrun {

OptimizerDef optimizer_adamw() {
  return adam_like("AdamW", "Adam with a weight decay apart from the gradient", 0.01, true);
}

}  // namespace nnrun
