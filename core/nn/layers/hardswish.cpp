#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_hardswish() {
  return inplace_activation("Hardswish", "x * hardsigmoid(x)", "hardswish");
}

}  // namespace nnrun
