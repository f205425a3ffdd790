#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_elu() {
  return inplace_activation("ELU", "x, or alpha * (exp(x) - 1) where x <= 0", "elu",
                            {attr("alpha", 1.0, "the negative limit")});
}

}  // namespace nnrun
