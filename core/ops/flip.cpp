#include "core/ops/rules.h"

namespace nnrun {

OpDef op_flip() {
  OpDef d;
  d.name = "flip";
  d.doc = "the elements in reverse order along dims";
  d.attrs = {required_attr("dims", AttrKind::integer, "which; none: the same").count(0, 8)};
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    std::vector<bool> seen(Shape::kMaxRank);
    for (int64_t i : c.attrs.integers("dims")) {
      const size_t dim = size_t(normal_dim(i, c.shape(0).rank(), "flip"));
      if (seen[dim]) op_error("flip", "dim " + std::to_string(i) + " appears twice");
      seen[dim] = true;
    }
    return {{c.dtype(0), c.shape(0)}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    return {b.call1("flip", {c.gout[0]}, c.attrs)};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dims", Ints{0, -1}}}},
               {{{{5}}}, {{"dims", 0}}},
               {{{{0, 3}}}, {{"dims", 1}}},
               {{{{2, 2}}}, {{"dims", Ints{}}}}};
  return d;
}

}  // namespace nnrun
