#include "core/ops/rules.h"

namespace nnrun {

OpDef op_reciprocal() {
  OpDef d = formula_op("reciprocal", "1 / x", "1 / x0");
  for (Sample& s : d.samples) s.in[0].lo = 0.5, s.in[0].hi = 2;
  return d;
}

}  // namespace nnrun
