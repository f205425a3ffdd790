#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_celu() {
  return inplace_activation("CELU", "x, or alpha * (exp(x / alpha) - 1) where x < 0", "celu",
                            {attr("alpha", 1.0, "the negative limit").above(0)});
}

}  // namespace nnrun
