#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_adaptive_avg_pool2d() {
  LayerDef d;
  d.name = "AdaptiveAvgPool2d";
  d.doc = "means over as many windows of (N, C, H, W) as output_size says";
  d.sample_rank = 3;
  d.attrs = {required_attr("output_size", AttrKind::integer, "height and width of the result")
                 .at_least(1)
                 .count(2, 2)};
  d.build = [](LayerScope& s) {
    expect_rank(s, 4, 4, "(N, C, H, W)");
    expect_float(s);
    return s.b.call1("adaptive_avg_pool2d", {s.x()}, s.attrs);
  };
  return d;
}

}  // namespace nnrun
