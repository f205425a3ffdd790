#include "core/ops/rules.h"

namespace nnrun {

OpDef op_index_add() {
  OpDef d;
  d.name = "index_add";
  d.doc =
      "x with the slices of src added to those a list of indices names, in index order; an index "
      "out of range is passed over";
  d.min_in = d.max_in = 3;
  d.attrs = {required_attr("dim", AttrKind::integer, "the dimension")};
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("index_add", c, 0, sdk::kFloats | sdk::kInts);
    takes("index_add", c, 2, sdk::mask_of(c.dtype(0)));
    const int dim = index_dim("index_add", c);
    same_sizes_except("index_add", c.shape(0), c.shape(2), dim);
    if (c.shape(2)[dim] != c.shape(1)[0]) {
      op_error("index_add", "src " + c.shape(2).str() + " has size " +
                                std::to_string(c.shape(2)[dim]) + " in dim " + std::to_string(dim) +
                                ", but there are " + std::to_string(c.shape(1)[0]) + " indices");
    }
    return {{c.dtype(0), c.shape(0)}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0], Var{},
            c.want[2] ? b.call1("index_select", {c.gout[0], c.in[1]}, c.attrs) : Var{}};
  };
  const auto sample = [](const Shape& x, const Shape& src, int64_t n, int64_t dim, double last) {
    return Sample{{{x}, {{n}, 0, last, DType::int64, true}, {src}}, {{"dim", dim}}};
  };
  d.samples = {sample({5, 3}, {7, 3}, 7, 0, 4), sample({2, 4, 3}, {2, 2, 3}, 2, -2, 3),
               sample({6}, {0}, 0, 0, 5), sample({0, 3}, {0, 2}, 2, 1, 2)};
  return d;
}

}  // namespace nnrun
