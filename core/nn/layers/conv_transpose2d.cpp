#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_conv_transpose2d() {
  LayerDef d;
  d.name = "ConvTranspose2d";
  d.doc = "the transpose of a Conv2d: makes (N, C, H, W) larger with learned kernels";
  d.sample_rank = 3;
  d.attrs = {inferred_size("in_channels", "channels of the input"),
             required_attr("out_channels", AttrKind::integer, "channels of the output").at_least(1),
             required_attr("kernel_size", AttrKind::integer, "height and width of a kernel")
                 .at_least(1)
                 .count(2, 2),
             attr("stride", Ints{1, 1}, "step of the kernel").at_least(1),
             attr("padding", Ints{0, 0}, "rows and columns taken off each border").at_least(0),
             attr("output_padding", Ints{0, 0}, "rows and columns added at one border").at_least(0),
             attr("groups", 1, "parts of the channels that do not mix").at_least(1),
             attr("bias", true, "add a learned number per channel"),
             attr("dilation", Ints{1, 1}, "distance of the taps").at_least(1),
             attr("padding_mode", "zeros", "zeros alone").of({"zeros"})};
  d.build = [](LayerScope& s) {
    expect_rank(s, 4, 4, "(N, C, H, W)");
    const Attrs& a = s.attrs;
    const int64_t in = s.size("in_channels", s.shape()[1]), out = a.integer("out_channels");
    const int64_t groups = a.integer("groups");
    const Ints& k = a.integers("kernel_size");
    expect_groups(s, in, out, groups);
    const auto [weight, bias] = weight_and_bias(s, {in, out / groups, k[0], k[1]}, out,
                                                checked_mul(out / groups, checked_mul(k[0], k[1])));
    return s.b.call1("conv_transpose2d", {s.x(), weight, bias},
                     {{"stride", a.integers("stride")},
                      {"padding", a.integers("padding")},
                      {"output_padding", a.integers("output_padding")},
                      {"dilation", a.integers("dilation")},
                      {"groups", groups}});
  };
  return d;
}

}  // namespace nnrun
