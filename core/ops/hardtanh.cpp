#include "core/ops/rules.h"

namespace nnrun {

OpDef op_hardtanh() {
  OpDef d = formula_op(
      "hardtanh", "x limited to [min_val, max_val]", "x0 <= a0 ? a0 : (x0 >= a1 ? a1 : x0)",
      {attr("min_val", -1.0, "lower limit"), attr("max_val", 1.0, "upper limit")}, {-1, 1});
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    const double lo = c.attrs.number("min_val"), hi = c.attrs.number("max_val");
    if (lo >= hi) {
      op_error("hardtanh",
               "min_val " + AttrValue(lo).str() + " is not below max_val " + AttrValue(hi).str());
    }
    return elementwise("hardtanh")(c);
  };
  return d;
}

}  // namespace nnrun
