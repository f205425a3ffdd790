#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_silu() { return inplace_activation("SiLU", "x * sigmoid(x)", "silu"); }

}  // namespace nnrun
