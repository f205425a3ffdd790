#include "core/ops/rules.h"

namespace nnrun {
namespace {

struct Range {
  int dim;
  int64_t start, count, step;
  /// Of the operand, from the first element taken to the last.
  int64_t extent() const { return count == 0 ? 0 : (count - 1) * step + 1; }
};

Range range_of(const Attrs& a, const Shape& s) {
  if (s.rank() == 0) op_error("slice", "a scalar has no dimension to slice");
  Range r;
  r.dim = normal_dim(a.integer("dim"), s.rank(), "slice");
  const int64_t n = s[r.dim];
  const auto position = [n](int64_t i) { return i < -n ? 0 : i < 0 ? i + n : std::min(i, n); };
  r.start = position(a.integer("start"));
  r.step = a.integer("step");
  const int64_t span = std::max<int64_t>(position(a.integer("end")) - r.start, 0);
  r.count = span / r.step + (span % r.step != 0);
  return r;
}

}  // namespace

OpDef op_slice() {
  OpDef d;
  d.name = "slice";
  d.doc = "x[start:end:step] of one dimension; negative and too large positions as in Python";
  const int64_t last = std::numeric_limits<int64_t>::max();
  d.attrs = {attr("dim", 0, "the dimension"), attr("start", 0, "the first element"),
             attr("end", last, "one past the last"),
             attr("step", 1, "between elements").at_least(1)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    const Range r = range_of(c.attrs, c.shape(0));
    Shape s = c.shape(0);
    s[r.dim] = r.count;
    return {{c.dtype(0), s}};
  };
  d.view = [](const OpCall& c, const View& in, View* out) {
    const Range r = range_of(c.attrs, in.shape);
    *out = in;
    out->shape[r.dim] = r.count;
    if (r.count > 0) out->offset += r.start * in.strides[r.dim];
    if (r.count > 1) out->strides[r.dim] *= r.step;
    return true;
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    const Shape& s = c.in[0].shape();
    const Range r = range_of(c.attrs, s);
    Ints low(s.size(), 0), high = low, interior = low;
    const size_t dim = size_t(r.dim);
    low[dim] = r.start;
    high[dim] = s[r.dim] - r.start - r.extent();
    interior[dim] = r.count > 1 ? r.step - 1 : 0;
    return {b.call1("pad", {c.gout[0]}, {{"low", low}, {"high", high}, {"interior", interior}})};
  };
  d.samples = {{{{{5, 4}}}, {{"dim", 0}, {"start", 1}, {"end", 4}}},
               {{{{2, 7}}}, {{"dim", -1}, {"start", -6}, {"end", 100}, {"step", 3}}},
               {{{{6}}}, {}},
               {{{{3, 4}}}, {{"dim", 1}, {"start", 3}, {"end", 2}}},
               {{{{0, 4}}}, {{"dim", 1}, {"step", 2}}}};
  return d;
}

}  // namespace nnrun
