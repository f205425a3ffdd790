#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_softmax2d() {
  LayerDef d;
  d.name = "Softmax2d";
  d.doc = "Softmax over the channels of (N, C, H, W)";
  d.build = [](LayerScope& s) {
    expect_rank(s, 4, 4, "(N, C, H, W)");
    expect_float(s);
    return s.b.call1("softmax", {s.x()}, {{"dim", 1}});
  };
  return d;
}

}  // namespace nnrun
