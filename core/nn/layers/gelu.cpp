#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_gelu() {
  return activation(
      "GELU", "x times the share of a normal distribution below x", "gelu",
      {attr("approximate", "none", "none, or the formula with tanh").of({"none", "tanh"})});
}

}  // namespace nnrun
