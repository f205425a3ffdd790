#include "core/ops/rules.h"

namespace nnrun {
namespace {

Shape target_reshape(const OpCall& c) {
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

/// The strides of `to` over the elements that `in` walks, or false when a dimension of `to` spans
/// elements that do not lie evenly. Runs of dimensions of `in` that lie evenly are matched with
/// dimensions of `to`, innermost first.
bool strides_of(const View& in, const Shape& to, Shape* strides) {
  *strides = to.row_major();
  if (to.numel() == 0 || in.strides == in.shape.row_major()) return true;
  int d = to.rank() - 1;
  int64_t step = in.shape.rank() > 0 ? in.strides.back() : 1;
  int64_t run = 1, filled = 1;  // elements of the run, and of `to` matched with it
  for (int i = in.shape.rank() - 1; i >= 0; --i) {
    run *= in.shape[i];
    const bool ends = i == 0 || (in.shape[i - 1] != 1 && in.strides[i - 1] != run * step);
    if (!ends) continue;
    while (d >= 0 && (filled < run || to[d] == 1)) {
      (*strides)[d] = filled * step;
      filled *= to[d--];
    }
    if (filled != run) return false;
    if (i > 0) step = in.strides[i - 1];
    run = filled = 1;
  }
  return d == -1;
}

}  // namespace

OpDef op_reshape() {
  OpDef d;
  d.name = "reshape";
  d.doc = "the same elements in row-major order under another shape; one size may be -1";
  d.attrs = {required_attr("shape", AttrKind::integer, "the new sizes").count(0, 8)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> { return {{c.dtype(0), target_reshape(c)}}; };
  d.view = [](const OpCall& c, const View& in, View* out) {
    out->shape = target_reshape(c);
    out->offset = in.offset;
    return strides_of(in, out->shape, &out->strides);
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
