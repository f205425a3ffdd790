#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_leaky_relu() {
  return inplace_activation("LeakyReLU", "x, or negative_slope * x where x < 0", "leaky_relu",
                            {attr("negative_slope", 0.01, "slope for x < 0")});
}

}  // namespace nnrun
