#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_softplus() {
  return activation("Softplus", "log(1 + exp(beta * x)) / beta, or x where beta * x > threshold",
                    "softplus",
                    {attr("beta", 1.0, "sharpness").above(0),
                     attr("threshold", 20.0, "beta * x from which it is x")});
}

}  // namespace nnrun
