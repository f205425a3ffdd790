#include "core/ops/rules.h"

namespace nnrun {

OpDef op_sort() {
  OpDef d;
  d.name = "sort";
  d.doc =
      "values along dim in order, and where each came from; equal ones keep their order, NaN is "
      "the largest";
  d.n_out = 2;
  d.attrs = {attr("dim", -1, "the dimension"), attr("descending", false, "largest first")};
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("sort", c, 0, sdk::kFloats | sdk::kInts);
    normal_dim(c.attrs.integer("dim"), c.shape(0).rank(), "sort");
    return {{c.dtype(0), c.shape(0)}, {DType::int64, c.shape(0)}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    const Var x = c.in[0], g = c.gout_or_zero(0);
    if (x.rank() == 0) return {g};
    return {
        b.call1("scatter_add", {zeros_like(x), c.out[1], g}, {{"dim", c.attrs.integer("dim")}})};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dim", 1}}},
               {{{{3, 9}}}, {{"descending", true}}},
               {{{{0, 3}}}, {{"dim", 0}}},
               {{{{}}}, {}}};
  for (Sample& s : d.samples) s.in[0].distinct = true;
  return d;
}

}  // namespace nnrun
