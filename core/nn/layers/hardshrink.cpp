#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_hardshrink() {
  return activation("Hardshrink", "x, or 0 where |x| <= lambd", "hardshrink",
                    {attr("lambd", 0.5, "half the width of the zero part").at_least(0)});
}

}  // namespace nnrun
