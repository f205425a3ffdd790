#include "core/ops/rules.h"

namespace nnrun {

OpDef op_hardsigmoid() {
  return formula_op("hardsigmoid", "0 up to -3, 1 from 3, x / 6 + 1 / 2 between",
                    "x0 <= -3 ? 0 : (x0 >= 3 ? 1 : x0 / 6 + 0.5)", {}, {-3, 3});
}

}  // namespace nnrun
