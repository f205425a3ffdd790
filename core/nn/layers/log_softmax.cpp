#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_log_softmax() {
  return softmax_layer("LogSoftmax", "the logarithm of Softmax", [](Var x, int64_t dim) {
    return x.b->call1("log_softmax", {x}, {{"dim", dim}});
  });
}

}  // namespace nnrun
