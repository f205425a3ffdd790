#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_conv1d() {
  LayerDef d;
  d.name = "Conv1d";
  d.doc = "cross-correlation of (N, C, L) with learned kernels";
  d.sample_rank = 2;
  d.attrs = {inferred_size("in_channels", "channels of the input"),
             required_attr("out_channels", AttrKind::integer, "channels of the output").at_least(1),
             required_attr("kernel_size", AttrKind::integer, "taps of a kernel").at_least(1),
             attr("stride", 1, "step of the kernel").at_least(1),
             padding_attr(0, "elements added at both ends"),
             attr("dilation", 1, "distance of the taps").at_least(1),
             attr("groups", 1, "parts of the channels that do not mix").at_least(1),
             attr("bias", true, "add a learned number per channel"),
             padding_mode_attr()};
  d.build = [](LayerScope& s) {
    expect_rank(s, 3, 3, "(N, C, L)");
    const Attrs& a = s.attrs;
    const int64_t in = s.size("in_channels", s.shape()[1]), out = a.integer("out_channels");
    const int64_t groups = a.integer("groups"), k = a.integer("kernel_size");
    expect_groups(s, in, out, groups);
    const auto [weight, bias] =
        weight_and_bias(s, {out, in / groups, k}, out, checked_mul(in / groups, k));
    const auto [x, padding] = padded_input(s);
    return s.b.call1("conv1d", {x, weight, bias},
                     {{"stride", a.integer("stride")},
                      {"padding", padding},
                      {"dilation", a.integer("dilation")},
                      {"groups", groups}});
  };
  return d;
}

}  // namespace nnrun
