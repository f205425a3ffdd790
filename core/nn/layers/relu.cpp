#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_relu() { return inplace_activation("ReLU", "max(x, 0)", "relu"); }

}  // namespace nnrun
