#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_prelu() {
  LayerDef d;
  d.name = "PReLU";
  d.doc = "x, or a learned weight times x where x < 0; one weight, or one per channel";
  d.attrs = {attr("num_parameters", 1, "1, or the number of channels").at_least(1),
             attr("init", 0.25, "the weights' first value")};
  d.build = [](LayerScope& s) {
    expect_float(s);
    const int64_t n = s.attrs.integer("num_parameters");
    const int64_t channels = s.shape().rank() > 1 ? s.shape()[1] : 1;
    if (n != 1 && n != channels) {
      s.fail("num_parameters",
             "num_parameters is " + std::to_string(n) + ", but the layer before it gives " +
                 std::to_string(channels) + " channels",
             "write 1 or " + std::to_string(channels));
    }
    const DType t = s.x().dtype();
    const Var weight = s.param("weight", {t, {n}}, Init::constant(s.attrs.number("init")));
    return s.b.call1("prelu", {s.x(), weight});
  };
  return d;
}

}  // namespace nnrun
