#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_softsign() { return activation("Softsign", "x / (1 + |x|)", "softsign"); }

}  // namespace nnrun
