#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_softmax() {
  return softmax_layer("Softmax", "exp(x) scaled so that it sums to 1 along dim",
                       [](Var x, int64_t dim) {
                         return x.b->call1("softmax", {x}, {{"dim", dim}});
                       });
}

}  // namespace nnrun
