#include "core/ops/rules.h"

namespace nnrun {

OpDef op_clamp() {
  OpDef d = elementwise_op("clamp", "x limited to [min, max], either of which may be left out", 1);
  d.attrs = {optional_attr("min", AttrKind::number, "lower limit"),
             optional_attr("max", AttrKind::number, "upper limit")};
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    if (!c.attrs.has("min") && !c.attrs.has("max")) op_error("clamp", "needs min, max or both");
    return elementwise("clamp")(c);
  };
  d.compose = [](Builder& b, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    std::string formula = "x0";
    std::vector<double> limits;
    for (const char* side : {"min", "max"}) {
      if (!a.has(side)) continue;
      formula = std::string(side == std::string("min") ? "max(" : "min(") + formula + ", a" +
                std::to_string(limits.size()) + ")";
      limits.push_back(a.number(side));
    }
    return {b.call1("formula", {in[0]}, {{"expr", formula}, {"a", limits}})};
  };
  for (Sample& s : d.samples) {
    s.attrs = {{"min", -0.5}, {"max", 1.25}};
    s.kinks = {-0.5, 1.25};
  }
  d.samples[1].attrs = {{"min", -0.5}};
  d.samples[3].attrs = {{"max", 1.25}};
  return d;
}

}  // namespace nnrun
