#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_max_pool2d() {
  LayerDef d;
  d.name = "MaxPool2d";
  d.doc = "the largest value of each window of (N, C, H, W)";
  d.sample_rank = 3;
  d.attrs = {required_attr("kernel_size", AttrKind::integer, "height and width of a window")
                 .at_least(1)
                 .count(2, 2),
             optional_attr("stride", AttrKind::integer, "step of the window; left out: kernel_size")
                 .at_least(1)
                 .count(2, 2),
             attr("padding", Ints{0, 0}, "border that no maximum comes from").at_least(0),
             attr("dilation", Ints{1, 1}, "distance of the taps").at_least(1),
             attr("return_indices", false, "only false: a layer has one output"),
             attr("ceil_mode", false, "windows that only begin inside count too")};
  d.build = [](LayerScope& s) {
    expect_rank(s, 4, 4, "(N, C, H, W)");
    expect_float(s);
    const Attrs& a = s.attrs;
    if (a.flag("return_indices")) {
      s.fail("return_indices", "return_indices is true, but a layer has one output");
    }
    return s.b
        .call("max_pool2d", s.in,
              {{"kernel_size", a.integers("kernel_size")},
               {"stride", a.integers(a.has("stride") ? "stride" : "kernel_size")},
               {"padding", a.integers("padding")},
               {"dilation", a.integers("dilation")},
               {"ceil_mode", a.flag("ceil_mode")}})
        .at(0);
  };
  return d;
}

}  // namespace nnrun
