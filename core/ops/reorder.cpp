#include "core/ops/rules.h"

namespace nnrun {

OpDef op_reorder() {
  OpDef d;
  d.name = "reorder";
  d.doc =
      "the same elements in another layout. The planner puts it where two kernels want a value in "
      "layouts of their own; what it means is in the layouts of the operand and the result";
  d.dtypes = sdk::kAllDTypes;
  d.infer = [](const OpCall& c) -> std::vector<Type> { return {{c.dtype(0), c.shape(0)}}; };
  d.compose = [](Builder& b, const Attrs&, std::span<const Var> in) -> std::vector<Var> {
    return {b.call1("copy", {in[0]})};
  };
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> { return {c.gout[0]}; };
  d.samples = {{{{{2, 3, 4}}}, {}}, {{{{}}}, {}}, {{{{3, 0}}}, {}}};
  return d;
}

}  // namespace nnrun
