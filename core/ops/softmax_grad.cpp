#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {

OpDef op_softmax_grad() {
  OpDef d;
  d.name = "softmax_grad";
  d.doc = "y (gy - sum(gy y)) along dim, of softmax's result y";
  d.min_in = d.max_in = 2;
  d.attrs = {required_attr("dim", AttrKind::integer, "the dim of softmax")};
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("softmax_grad", c, 0, sdk::kFloats);
    same_dtype("softmax_grad", c, 0, 1);
    need_shape("softmax_grad", "gy", c.shape(0), c.shape(1));
    normal_dim(c.attrs.integer("dim"), c.shape(0).rank(), "softmax_grad");
    return {{c.dtype(0), c.shape(0)}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const Ints dim{a.integer("dim")};
    const Var gy = widened(in[0]), y = widened(in[1]);
    return {cast(y * (gy - sum(gy * y, dim, true)), in[0].dtype())};
  };
  d.samples = {{{{{3, 7}}, {{3, 7}, 0, 1}}, {{"dim", 1}}},
               {{{{2, 3, 4}}, {{2, 3, 4}, 0, 1}}, {{"dim", -2}}},
               {{{{0, 3}}, {{0, 3}, 0, 1}}, {{"dim", 1}}}};
  return d;
}

}  // namespace nnrun
