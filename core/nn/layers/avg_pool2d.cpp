#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_avg_pool2d() {
  LayerDef d;
  d.name = "AvgPool2d";
  d.doc = "the mean of each window of (N, C, H, W)";
  d.sample_rank = 3;
  d.attrs = {required_attr("kernel_size", AttrKind::integer, "height and width of a window")
                 .at_least(1)
                 .count(2, 2),
             optional_attr("stride", AttrKind::integer, "step of the window; left out: kernel_size")
                 .at_least(1)
                 .count(2, 2),
             attr("padding", Ints{0, 0}, "zeros at each border").at_least(0),
             attr("ceil_mode", false, "windows that only begin inside count too"),
             attr("count_include_pad", true, "the zeros of the border count"),
             optional_attr("divisor_override", AttrKind::integer,
                           "divides the sums instead of the number of values")
                 .at_least(1)};
  d.build = [](LayerScope& s) {
    expect_rank(s, 4, 4, "(N, C, H, W)");
    expect_float(s);
    const Attrs& a = s.attrs;
    const bool override = a.has("divisor_override");
    if (override && a.flag("ceil_mode")) {
      s.fail("divisor_override", "divisor_override with ceil_mode is not supported");
    }
    const Ints& k = a.integers("kernel_size");
    const Var y = s.b.call1("avg_pool2d", {s.x()},
                            {{"kernel_size", k},
                             {"stride", a.integers(a.has("stride") ? "stride" : "kernel_size")},
                             {"padding", a.integers("padding")},
                             {"ceil_mode", a.flag("ceil_mode")},
                             {"count_include_pad", override || a.flag("count_include_pad")}});
    if (!override) return y;
    return y * (double(k[0]) * double(k[1]) / double(a.integer("divisor_override")));
  };
  return d;
}

}  // namespace nnrun
