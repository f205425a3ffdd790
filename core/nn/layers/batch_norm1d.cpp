#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_batch_norm1d() {
  return batch_norm_layer("BatchNorm1d", 2, 3, "(N, C) or (N, C, L)");
}

}  // namespace nnrun
