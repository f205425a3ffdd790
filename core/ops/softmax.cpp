#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {

OpDef op_softmax() {
  OpDef d;
  d.name = "softmax";
  d.doc = "exp(x) / sum(exp(x)) along dim, without overflow";
  d.attrs = {required_attr("dim", AttrKind::integer, "dimension that sums to 1")};
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("softmax", c, 0, sdk::kFloats);
    normal_dim(c.attrs.integer("dim"), c.shape(0).rank(), "softmax");
    return {{c.dtype(0), c.shape(0)}};
  };
  d.compose = [](Builder&, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    if (in[0].shape().numel() == 0) return {in[0]};
    const Ints dim{a.integer("dim")};
    const Var x = widened(in[0]), e = exp(x - max(x, dim, true));
    return {cast(e / sum(e, dim, true), in[0].dtype())};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("softmax_grad", {c.gout[0], c.out[0]}, c.attrs)};
  };
  d.samples = {{{{{3, 7}}}, {{"dim", 1}}},
               {{{{2, 3, 4}}}, {{"dim", -2}}},
               {{{{5}, -1e4, 1e4}}, {{"dim", 0}}},
               {{{{0, 3}}}, {{"dim", 1}}},
               {{{{}}}, {{"dim", 0}}}};
  return d;
}

}  // namespace nnrun
