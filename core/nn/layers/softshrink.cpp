#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_softshrink() {
  return activation("Softshrink", "x moved towards 0 by lambd, 0 inside", "softshrink",
                    {attr("lambd", 0.5, "half the width of the zero part").at_least(0)});
}

}  // namespace nnrun
