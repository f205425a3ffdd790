#include "core/ops/rules.h"

namespace nnrun {
namespace {

Shape target_expand(const OpCall& c) {
  const Shape& s = c.shape(0);
  const Shape wanted(c.attrs.integers("shape"));
  const int lead = wanted.rank() - s.rank();
  Shape r = wanted;
  bool fits = lead >= 0;
  for (int i = 0; fits && i < r.rank(); ++i) {
    if (r[i] == -1 && i >= lead) r[i] = s[i - lead];
    fits = r[i] >= 0 && (i < lead || s[i - lead] == 1 || s[i - lead] == r[i]);
  }
  if (!fits) op_error("expand", "shape " + s.str() + " does not broadcast to " + wanted.str());
  return r;
}

}  // namespace

OpDef op_expand() {
  OpDef d;
  d.name = "expand";
  d.doc = "dimensions of size 1 repeated, new ones put in front; -1 keeps a size";
  d.attrs = {required_attr("shape", AttrKind::integer, "the new sizes").count(0, 8)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> { return {{c.dtype(0), target_expand(c)}}; };
  d.view = [](const OpCall& c, const View& in, View* out) {
    out->shape = out->strides = target_expand(c);
    out->offset = in.offset;
    const int lead = out->shape.rank() - in.shape.rank();
    for (int i = 0; i < out->shape.rank(); ++i) {
      const bool kept = i >= lead && in.shape[i - lead] == out->shape[i];
      out->strides[i] = kept ? in.strides[i - lead] : 0;
    }
    return true;
  };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {sum_to(c.gout[0], c.in[0].shape())};
  };
  d.samples = {{{{{2, 1, 4}}}, {{"shape", Ints{2, 3, -1}}}},
               {{{{3}}}, {{"shape", Ints{2, -1}}}},
               {{{{}}}, {{"shape", Ints{2, 2}}}},
               {{{{1, 3}}}, {{"shape", Ints{0, 3}}}}};
  return d;
}

}  // namespace nnrun
