#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_tanhshrink() { return activation("Tanhshrink", "x - tanh(x)", "tanhshrink"); }

}  // namespace nnrun
