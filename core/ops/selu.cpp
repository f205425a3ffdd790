#include "core/ops/rules.h"

namespace nnrun {

OpDef op_selu() {
  OpDef d =
      formula_op("selu", "elu whose scale and alpha keep mean 0 and variance 1 from layer to layer",
                 "1.0507009873554805 * (x0 > 0 ? x0 : 1.6732632423543772 * expm1(x0))", {}, {0});
  d.flags |= kZeroToZero;
  return d;
}

}  // namespace nnrun
