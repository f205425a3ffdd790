#include "core/ops/rules.h"

namespace nnrun {
namespace {

int dim_of(const Attrs& a, const Shape& s) {
  if (s.rank() == 0) op_error("concat", "a scalar has no dimension to join at");
  return normal_dim(a.integer("dim"), s.rank(), "concat");
}

}  // namespace

OpDef op_concat() {
  OpDef d;
  d.name = "concat";
  d.doc = "the operands one after another along dim; other sizes are equal";
  d.max_in = -1;
  d.attrs = {attr("dim", 0, "the dimension they join at")};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    same_dtype("concat", c, 0, c.in.size() - 1);
    Shape s = c.shape(0);
    const int dim = dim_of(c.attrs, s);
    for (size_t i = 1; i < c.in.size(); ++i) {
      if (!c.has(i)) op_error("concat", "operand " + std::to_string(i) + " is absent");
      same_sizes_except("concat", c.shape(0), c.shape(i), dim);
      s[dim] = checked_add(s[dim], c.shape(i)[dim]);
    }
    return {{c.dtype(0), s}};
  };
  d.gradient = [](Builder&, const GradCall& c) {
    const int dim = dim_of(c.attrs, c.in[0].shape());
    std::vector<Var> g;
    int64_t at = 0;
    for (size_t i = 0; i < c.in.size(); ++i) {
      const int64_t end = at + c.in[i].shape()[dim];
      g.push_back(c.want[i] ? slice(c.gout[0], dim, at, end) : Var{});
      at = end;
    }
    return g;
  };
  d.samples = {{{{{2, 3}}, {{4, 3}}}, {}},
               {{{{2, 3, 2}}, {{2, 1, 2}}, {{2, 0, 2}}}, {{"dim", -2}}},
               {{{{5}}}, {}},
               {{{{0, 2}}, {{0, 3}}}, {{"dim", 1}}}};
  return d;
}

}  // namespace nnrun
