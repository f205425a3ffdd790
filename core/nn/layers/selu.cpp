#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_selu() {
  return inplace_activation("SELU", "elu scaled so that deep networks keep mean 0 and variance 1",
                            "selu");
}

}  // namespace nnrun
