#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_batch_norm2d() { return batch_norm_layer("BatchNorm2d", 4, 4, "(N, C, H, W)"); }

}  // namespace nnrun
