#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_mish() { return inplace_activation("Mish", "x * tanh(softplus(x))", "mish"); }

}  // namespace nnrun
