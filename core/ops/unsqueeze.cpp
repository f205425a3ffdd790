#include "core/ops/rules.h"

namespace nnrun {

OpDef op_unsqueeze() {
  OpDef d;
  d.name = "unsqueeze";
  d.doc = "a new dimension of size 1 at dim of the result";
  d.attrs = {required_attr("dim", AttrKind::integer, "-1: the last")};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    Shape s = c.shape(0);
    s.insert(normal_dim(c.attrs.integer("dim"), s.rank() + 1, "unsqueeze"), 1);
    return {{c.dtype(0), s}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    return {unsqueeze(in[0], a.integer("dim"))};
  };
  d.samples = {{{{{2, 3}}}, {{"dim", 1}}},
               {{{{2, 3}}}, {{"dim", -1}}},
               {{{{0}}}, {{"dim", 0}}},
               {{{{}}}, {{"dim", 0}}}};
  return d;
}

}  // namespace nnrun
