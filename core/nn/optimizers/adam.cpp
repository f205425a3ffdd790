#include "core/nn/optimizer_parts.h"

namespace nnrun {

OptimizerDef optimizer_adam() {
  return adam_like("Adam", "steps scaled by running averages of the gradient and its square", 0,
                   false);
}

}  // namespace nnrun
