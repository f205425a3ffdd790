#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_relu6() { return inplace_activation("ReLU6", "x kept in [0, 6]", "relu6"); }

}  // namespace nnrun
