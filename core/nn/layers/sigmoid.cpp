#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_sigmoid() { return activation("Sigmoid", "1 / (1 + exp(-x))", "sigmoid"); }

}  // namespace nnrun
