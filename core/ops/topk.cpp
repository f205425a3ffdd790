#include "core/ops/rules.h"

namespace nnrun {

OpDef op_topk() {
  OpDef d;
  d.name = "topk";
  d.doc = "the k largest (or smallest) values along dim, in order, and where each came from";
  d.n_out = 2;
  d.attrs = {required_attr("k", AttrKind::integer, "how many").at_least(0),
             attr("dim", -1, "the dimension"), attr("largest", true, "false: the smallest")};
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("topk", c, 0, sdk::kFloats | sdk::kInts);
    Shape s = c.shape(0);
    if (s.rank() == 0) op_error("topk", "a scalar has no dimension to choose from");
    const int dim = normal_dim(c.attrs.integer("dim"), s.rank(), "topk");
    const int64_t k = c.attrs.integer("k");
    if (k > s[dim]) {
      op_error("topk", "k is " + std::to_string(k) + ", but dim " + std::to_string(dim) +
                           " of shape " + s.str() + " has size " + std::to_string(s[dim]));
    }
    s[dim] = k;
    return {{c.dtype(0), s}, {DType::int64, s}};
  };
  d.compose = [](Builder& b, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const int64_t dim = a.integer("dim"), k = a.integer("k");
    const std::vector<Var> sorted =
        b.call("sort", in, {{"dim", dim}, {"descending", a.flag("largest")}});
    return {slice(sorted[0], dim, 0, k), slice(sorted[1], dim, 0, k)};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"k", 2}, {"dim", 1}}},
               {{{{3, 9}}}, {{"k", 4}, {"largest", false}}},
               {{{{5}}}, {{"k", 0}}},
               {{{{0, 3}}}, {{"k", 1}}}};
  for (Sample& s : d.samples) s.in[0].distinct = true;
  return d;
}

}  // namespace nnrun
