#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_linear() {
  LayerDef d;
  d.name = "Linear";
  d.doc = "x W^T + b over the last dimension";
  d.attrs = {inferred_size("in_features", "size of the last dimension of the input"),
             required_attr("out_features", AttrKind::integer, "size it becomes").at_least(1),
             attr("bias", true, "add a learned vector")};
  d.build = [](LayerScope& s) {
    expect_rank(s, 2, Shape::kMaxRank, "(N, ..., features)");
    const int64_t in = s.size("in_features", s.shape().back());
    const int64_t out = s.attrs.integer("out_features");
    const auto [weight, bias] = weight_and_bias(s, {out, in}, out, in);
    return s.b.call1("linear", {s.x(), weight, bias});
  };
  return d;
}

}  // namespace nnrun
