#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_tanh() { return activation("Tanh", "tanh(x)", "tanh"); }

}  // namespace nnrun
