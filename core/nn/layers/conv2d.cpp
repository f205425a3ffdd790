#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_conv2d() {
  LayerDef d;
  d.name = "Conv2d";
  d.doc = "cross-correlation of (N, C, H, W) with learned kernels";
  d.sample_rank = 3;
  d.attrs = {inferred_size("in_channels", "channels of the input"),
             required_attr("out_channels", AttrKind::integer, "channels of the output").at_least(1),
             required_attr("kernel_size", AttrKind::integer, "height and width of a kernel")
                 .at_least(1)
                 .count(2, 2),
             attr("stride", Ints{1, 1}, "step of the kernel").at_least(1),
             padding_attr(Ints{0, 0}, "rows and columns added at each border"),
             attr("dilation", Ints{1, 1}, "distance of the taps").at_least(1),
             attr("groups", 1, "parts of the channels that do not mix").at_least(1),
             attr("bias", true, "add a learned number per channel"),
             padding_mode_attr()};
  d.build = [](LayerScope& s) {
    expect_rank(s, 4, 4, "(N, C, H, W)");
    const Attrs& a = s.attrs;
    const int64_t in = s.size("in_channels", s.shape()[1]), out = a.integer("out_channels");
    const int64_t groups = a.integer("groups");
    const Ints& k = a.integers("kernel_size");
    expect_groups(s, in, out, groups);
    const auto [weight, bias] = weight_and_bias(s, {out, in / groups, k[0], k[1]}, out,
                                                checked_mul(in / groups, checked_mul(k[0], k[1])));
    const auto [x, padding] = padded_input(s);
    return s.b.call1("conv2d", {x, weight, bias},
                     {{"stride", a.integers("stride")},
                      {"padding", padding},
                      {"dilation", a.integers("dilation")},
                      {"groups", groups}});
  };
  return d;
}

}  // namespace nnrun
