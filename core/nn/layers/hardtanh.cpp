#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_hardtanh() {
  return inplace_activation(
      "Hardtanh", "x kept in [min_val, max_val]", "hardtanh",
      {attr("min_val", -1.0, "lowest result"), attr("max_val", 1.0, "highest result")});
}

}  // namespace nnrun
