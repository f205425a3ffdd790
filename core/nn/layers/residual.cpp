#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_residual() {
  LayerDef d;
  d.name = "Residual";
  d.doc = "layers(x) + shortcut(x); without a shortcut, + x";
  d.container = true;
  d.build = [](LayerScope& s) {
    Var y = s.sequence(s.config().layers, "layers", s.x());
    Var z = s.sequence(s.config().shortcut, "shortcut", s.x());
    if (y.shape() != z.shape()) {
      s.fail("shortcut",
             "its layers give " + sample_text(y.shape()) + ", but the shortcut gives " +
                 sample_text(z.shape()),
             "a shortcut of a Conv2d with kernel_size 1 (and the same stride), or a Linear, makes "
             "them equal");
    }
    return y + z;
  };
  return d;
}

}  // namespace nnrun
