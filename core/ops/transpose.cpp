#include "core/ops/rules.h"

namespace nnrun {

OpDef op_transpose() {
  OpDef d;
  d.name = "transpose";
  d.doc = "two dimensions swapped";
  d.attrs = {required_attr("dim0", AttrKind::integer, "one"),
             required_attr("dim1", AttrKind::integer, "the other")};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    Shape s = c.shape(0);
    const int i = normal_dim(c.attrs.integer("dim0"), s.rank(), "transpose");
    const int j = normal_dim(c.attrs.integer("dim1"), s.rank(), "transpose");
    if (s.rank() > 0) std::swap(s[i], s[j]);
    return {{c.dtype(0), s}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    return {transpose(in[0], a.integer("dim0"), a.integer("dim1"))};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dim0", 0}, {"dim1", -1}}},
               {{{{3, 5}}}, {{"dim0", 1}, {"dim1", 0}}},
               {{{{0, 3}}}, {{"dim0", 0}, {"dim1", 1}}},
               {{{{}}}, {{"dim0", 0}, {"dim1", -1}}}};
  return d;
}

}  // namespace nnrun
