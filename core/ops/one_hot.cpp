#include "core/ops/rules.h"

namespace nnrun {

OpDef op_one_hot() {
  OpDef d;
  d.name = "one_hot";
  d.doc =
      "1 at the index in a new last dimension of num_classes, else 0 (int64); all 0 where the "
      "index is out of range";
  d.attrs = {
      required_attr("num_classes", AttrKind::integer, "size of the new dimension").at_least(1)};
  d.flags = kNoGradient;
  d.dtypes = NNR_I64;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("one_hot", c, 0, NNR_I64);
    Shape s = c.shape(0);
    s.push_back(c.attrs.integer("num_classes"));
    return {{DType::int64, s}};
  };
  d.compose = [](Builder& b, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const Var classes = b.call1("arange", {}, {{"end", double(a.integer("num_classes"))}});
    return {cast(eq(unsqueeze(in[0], -1), classes), DType::int64)};
  };
  d.samples = {{{{{5}, 0, 3}}, {{"num_classes", 4}}},
               {{{{2, 3}, -1, 3}}, {{"num_classes", 3}}},
               {{{{}, 0, 1}}, {{"num_classes", 2}}},
               {{{{0}}}, {{"num_classes", 2}}}};
  return d;
}

}  // namespace nnrun
