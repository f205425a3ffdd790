#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_hardsigmoid() {
  return inplace_activation("Hardsigmoid", "x / 6 + 1 / 2 kept in [0, 1]", "hardsigmoid");
}

}  // namespace nnrun
