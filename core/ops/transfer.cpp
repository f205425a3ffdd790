#include "core/ops/rules.h"

namespace nnrun {

OpDef op_transfer() {
  OpDef d;
  d.name = "transfer";
  d.doc =
      "the same elements in another memory. The planner puts it where a value is made by a backend "
      "of one device and read by one of another";
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
