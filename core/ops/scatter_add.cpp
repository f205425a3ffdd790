#include "core/ops/rules.h"

namespace nnrun {

OpDef op_scatter_add() {
  OpDef d;
  d.name = "scatter_add";
  d.doc =
      "x with src added at the places gather reads, in index order; an index out of range is "
      "passed over";
  d.min_in = d.max_in = 3;
  d.attrs = {required_attr("dim", AttrKind::integer, "the dimension the index is of")};
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("scatter_add", c, 0, sdk::kFloats | sdk::kInts);
    takes("scatter_add", c, 1, NNR_I64);
    takes("scatter_add", c, 2, sdk::mask_of(c.dtype(0)));
    gather_dim("scatter_add", c.attrs, c.shape(0), c.shape(1));
    if (c.shape(2) != c.shape(1)) {
      op_error("scatter_add",
               "src " + c.shape(2).str() + " is not of the shape of index " + c.shape(1).str());
    }
    return {{c.dtype(0), c.shape(0)}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0], Var{}, c.want[2] ? b.call1("gather", {c.gout[0], c.in[1]}, c.attrs) : Var{}};
  };
  const auto sample = [](const Shape& x, const Shape& index, int64_t dim, double last) {
    return Sample{{{x}, {index, 0, last, DType::int64, true}, {index}}, {{"dim", dim}}};
  };
  d.samples = {sample({3, 4}, {3, 6}, 1, 3), sample({5, 2, 3}, {4, 1, 3}, -3, 4),
               sample({7}, {0}, 0, 6), sample({4}, {9}, 0, 3)};
  return d;
}

}  // namespace nnrun
