#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_dropout() {
  LayerDef d;
  d.name = "Dropout";
  d.doc = "in training, zeroes each value with probability p and scales the others by 1 / (1 - p)";
  d.attrs = {attr("p", 0.5, "probability of 0").range(0, 1), inplace_attr()};
  d.build = [](LayerScope& s) {
    expect_float(s);
    const double p = s.attrs.number("p");
    if (!s.training || p == 0) return s.x();
    return s.b.call("dropout", std::vector<Var>{s.x(), s.rng("dropout")}, {{"p", p}}).at(0);
  };
  return d;
}

}  // namespace nnrun
