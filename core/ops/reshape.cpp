#include "core/ops/rules.h"

namespace nnrun {
namespace {

Shape target(const OpCall& c) {
  Shape s(c.attrs.integers("shape"));
  int unknown = -1;
  int64_t known = 1;
  for (int i = 0; i < s.rank(); ++i) {
    if (s[i] == -1 && unknown < 0) {
      unknown = i;
    } else if (s[i] < 0) {
      op_error("reshape", "shape " + s.str() + ": one size may be -1, none less");
    } else {
      known = checked_mul(known, s[i]);
    }
  }
  const int64_t n = c.shape(0).numel();
  if (unknown >= 0 && known != 0) s[unknown] = n / known;
  if (s.numel() != n || (unknown >= 0 && known == 0)) {
    op_error("reshape", "cannot turn " + c.shape(0).str() + " (" + std::to_string(n) +
                            " elements) into " + Shape(c.attrs.integers("shape")).str());
  }
  return s;
}

}  // namespace

OpDef op_reshape() {
  OpDef d;
  d.name = "reshape";
  d.doc = "the same elements in row-major order under another shape; one size may be -1";
  d.attrs = {required_attr("shape", AttrKind::integer, "the new sizes").count(0, 8)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> { return {{c.dtype(0), target(c)}}; };
  d.view = [](const OpCall& c, const View& in, View* out) {
    // Only of row-major elements: the planner copies anything else first.
    if (in.strides != in.shape.row_major()) return false;
    out->shape = target(c);
    out->strides = out->shape.row_major();
    out->offset = in.offset;
    return true;
  };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {reshape(c.gout[0], c.in[0].shape())};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"shape", Ints{6, -1}}}},
               {{{{1}}}, {{"shape", Ints{}}}},
               {{{{0, 3}}}, {{"shape", Ints{3, 0, 2}}}}};
  return d;
}

}  // namespace nnrun
