#include "core/ops/rules.h"

namespace nnrun {
namespace {

/// The weight's shape such that it broadcasts over x: one for all, or one per index of dim 1.
Shape weight_shape(const Shape& x, const Shape& weight) {
  if (weight.numel() == 1) return {};
  if (weight.rank() != 1 || x.rank() < 2 || x[1] != weight[0]) {
    op_error("prelu", "weight " + weight.str() + " of operand " + x.str() +
                          ": expected one value, or as many as dim 1 has");
  }
  Shape s = weight;
  for (int i = 2; i < x.rank(); ++i) s.push_back(1);
  return s;
}

}  // namespace

OpDef op_prelu() {
  OpDef d;
  d.name = "prelu";
  d.doc = "x for x > 0, else weight * x; weight has one value or one per channel (dim 1)";
  d.min_in = d.max_in = 2;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("prelu", c, 0, sdk::kFloats);
    same_dtype("prelu", c, 0, 1);
    weight_shape(c.shape(0), c.shape(1));
    return {{c.dtype(0), c.shape(0)}};
  };
  d.compose = [](Builder& b, const Attrs&, std::span<const Var> in) -> std::vector<Var> {
    const Var weight = reshape(in[1], weight_shape(in[0].shape(), in[1].shape()));
    return {b.call1("formula", {in[0], weight}, {{"expr", "x0 > 0 ? x0 : x1 * x0"}})};
  };
  d.samples = {{{{{2, 3, 4}}, {{3}}}, {}, {0}},
               {{{{5}}, {{1}}}, {}, {0}},
               {{{{}}, {{}}}, {}, {0}},
               {{{{0, 3}}, {{3}}}, {}}};
  return d;
}

}  // namespace nnrun
