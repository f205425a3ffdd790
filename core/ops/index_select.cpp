#include "core/ops/rules.h"

namespace nnrun {

OpDef op_index_select() {
  OpDef d;
  d.name = "index_select";
  d.doc = "the slices of x along dim that a list of indices names; 0 where one is out of range";
  d.min_in = d.max_in = 2;
  d.attrs = {required_attr("dim", AttrKind::integer, "the dimension")};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    Shape s = c.shape(0);
    s[index_dim("index_select", c)] = c.shape(1)[0];
    return {{c.dtype(0), s}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("index_add", {zeros_like(c.in[0]), c.in[1], c.gout[0]}, c.attrs), Var{}};
  };
  const auto sample = [](const Shape& x, int64_t n, int64_t dim, double last) {
    return Sample{{{x}, {{n}, 0, last, DType::int64, true}}, {{"dim", dim}}};
  };
  d.work = picked;
  d.samples = {sample({5, 3}, 7, 0, 4), sample({2, 4, 3}, 2, -2, 3), sample({6}, 0, 0, 5),
               sample({0, 3}, 2, 1, 2)};
  return d;
}

}  // namespace nnrun
