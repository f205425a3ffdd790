#include "core/ops/rules.h"

namespace nnrun {

OpDef op_cumsum() {
  OpDef d;
  d.name = "cumsum";
  d.doc = "running sums along dim. 16-bit floats add up in float32 and round once";
  d.attrs = {required_attr("dim", AttrKind::integer, "the dimension")};
  d.dtypes = sdk::kFloats | sdk::kInts;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("cumsum", c, 0, sdk::kFloats | sdk::kInts);
    normal_dim(c.attrs.integer("dim"), c.shape(0).rank(), "cumsum");
    return {{c.dtype(0), c.shape(0)}};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    const Attrs along{{"dims", c.attrs.integer("dim")}};
    const Var reversed = b.call1("flip", {c.gout[0]}, along);
    return {b.call1("flip", {b.call1("cumsum", {reversed}, c.attrs)}, along)};
  };
  d.samples = {{{{{2, 3, 4}}}, {{"dim", 1}}},
               {{{{37}}}, {{"dim", -1}}},
               {{{{0, 3}}}, {{"dim", 0}}},
               {{{{}}}, {{"dim", 0}}}};
  return d;
}

}  // namespace nnrun
