#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_threshold() {
  return inplace_activation("Threshold", "x where x > threshold, else value", "threshold",
                            {required_attr("threshold", AttrKind::number, "above it x passes"),
                             required_attr("value", AttrKind::number, "the result elsewhere")});
}

}  // namespace nnrun
