#include "core/ops/rules.h"

namespace nnrun {

OpDef op_gather() {
  OpDef d;
  d.name = "gather";
  d.doc =
      "element (.., index[.., i, ..], ..) of x at each place (.., i, ..) of index; 0 where the "
      "index is out of range";
  d.min_in = d.max_in = 2;
  d.attrs = {required_attr("dim", AttrKind::integer, "the dimension the index is of")};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("gather", c, 1, NNR_I64);
    gather_dim("gather", c.attrs, c.shape(0), c.shape(1));
    return {{c.dtype(0), c.shape(1)}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("scatter_add", {zeros_like(c.in[0]), c.in[1], c.gout[0]}, c.attrs), Var{}};
  };
  const auto sample = [](const Shape& x, const Shape& index, int64_t dim, double last) {
    return Sample{{{x}, {index, 0, last, DType::int64, true}}, {{"dim", dim}}};
  };
  d.work = picked;
  d.samples = {sample({3, 4}, {3, 6}, 1, 3), sample({5, 2, 3}, {4, 1, 3}, -3, 4),
               sample({7}, {0}, 0, 6), sample({4}, {9}, 0, 3)};
  return d;
}

}  // namespace nnrun
