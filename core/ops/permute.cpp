#include "core/ops/rules.h"

namespace nnrun {
namespace {

/// For each dimension of the result, the operand's.
Ints order(const Attrs& a, const Shape& s) {
  Ints dims;
  std::vector<bool> seen(s.size() + 1);
  for (int64_t d : a.integers("dims")) {
    if (dims.size() == s.size()) op_error("permute", "more dims than shape " + s.str() + " has");
    dims.push_back(normal_dim(d, s.rank(), "permute"));
    if (seen[size_t(dims.back())]) {
      op_error("permute", "dim " + std::to_string(d) + " appears twice");
    }
    seen[size_t(dims.back())] = true;
  }
  if (dims.size() != s.size()) {
    op_error("permute", std::to_string(dims.size()) + " dims for shape " + s.str() +
                            ": expected each of its dimensions once");
  }
  return dims;
}

Shape picked(const Shape& s, const Ints& dims) {
  Shape r;
  for (int64_t d : dims) r.push_back(s[int(d)]);
  return r;
}

}  // namespace

OpDef op_permute() {
  OpDef d;
  d.name = "permute";
  d.doc = "the dimensions in another order: dimension i of the result is dimension dims[i]";
  d.attrs = {required_attr("dims", AttrKind::integer, "each dimension once").count(0, 8)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    return {{c.dtype(0), picked(c.shape(0), order(c.attrs, c.shape(0)))}};
  };
  d.view = [](const OpCall& c, const View& in, View* out) {
    const Ints dims = order(c.attrs, c.shape(0));
    *out = {picked(in.shape, dims), picked(in.strides, dims), in.offset};
    return true;
  };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    const Ints dims = order(c.attrs, c.in[0].shape());
    Ints back(dims.size());
    for (size_t i = 0; i < dims.size(); ++i) back[size_t(dims[i])] = int64_t(i);
    return {permute(c.gout[0], back)};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dims", Ints{2, 0, 1}}}},
               {{{{3, 5}}}, {{"dims", Ints{-1, 0}}}},
               {{{{}}}, {{"dims", Ints{}}}},
               {{{{0, 3}}}, {{"dims", Ints{1, 0}}}}};
  return d;
}

}  // namespace nnrun
