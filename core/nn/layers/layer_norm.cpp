#include <algorithm>

#include "core/nn/layer_parts.h"
#include "core/ops/checks.h"

namespace nnrun {

namespace {

/// Whether the last sizes of x are `sizes`, and not all of them with the batch.
bool ends_with(const Shape& x, const Ints& sizes) {
  const int n = int(sizes.size());
  return n < x.rank() && std::equal(sizes.begin(), sizes.end(), x.end() - n);
}

}  // namespace

LayerDef layer_layer_norm() {
  LayerDef d;
  d.name = "LayerNorm";
  d.doc = "normalises each sample over its last dimensions";
  d.attrs = {required_attr("normalized_shape", AttrKind::integer, "the sizes of those dimensions")
                 .at_least(1)
                 .count(1, Shape::kMaxRank - 1),
             attr("eps", 1e-5, "added to the variance").at_least(0),
             attr("elementwise_affine", true, "learn a scale and a shift per element"),
             attr("bias", true, "with elementwise_affine: learn the shift")};
  d.build = [](LayerScope& s) {
    expect_float(s);
    const Ints& sizes = s.attrs.integers("normalized_shape");
    if (!ends_with(s.shape(), sizes)) {
      s.fail("normalized_shape",
             "normalized_shape is " + AttrValue(sizes).str() + ", but the layer before it gives " +
                 sample_text(s.shape()),
             "it is the last size, or the last sizes in order");
    }
    // Statistics of 16-bit values are computed in float32, as in BatchNorm.
    const DType out = s.x().dtype();
    const Type t = {wide(out), Shape(sizes)};
    Var weight, bias;
    if (s.attrs.flag("elementwise_affine")) {
      weight = s.param("weight", t, Init::ones());
      if (s.attrs.flag("bias")) bias = s.param("bias", t, Init::zeros());
    }
    const std::vector<Var> y =
        s.b.call("layer_norm", std::vector<Var>{cast(s.x(), t.dtype), weight, bias},
                 {{"normalized_dims", int64_t(sizes.size())}, {"eps", s.attrs.number("eps")}});
    return cast(y[0], out);
  };
  return d;
}

}  // namespace nnrun
