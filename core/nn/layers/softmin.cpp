#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_softmin() {
  return softmax_layer("Softmin", "Softmax of -x", [](Var x, int64_t dim) {
    return x.b->call1("softmax", {-x}, {{"dim", dim}});
  });
}

}  // namespace nnrun
