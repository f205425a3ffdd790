#include "core/ops/rules.h"

namespace nnrun {

OpDef op_threshold() {
  OpDef d = formula_op("threshold", "x where x > threshold, else value", "x0 <= a0 ? a1 : x0",
                       {required_attr("threshold", AttrKind::number, "x above it passes"),
                        required_attr("value", AttrKind::number, "the result otherwise")},
                       {0.5});
  for (Sample& s : d.samples) s.attrs = {{"threshold", 0.5}, {"value", -1.0}};
  return d;
}

}  // namespace nnrun
