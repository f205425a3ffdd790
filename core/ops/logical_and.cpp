#include "core/ops/rules.h"

namespace nnrun {

OpDef op_logical_and() {
  OpDef d = elementwise_op("logical_and", "x and y, of bool", 2, 0, 1);
  d.flags |= kNoGradient;
  d.dtypes = NNR_B8;
  return d;
}

}  // namespace nnrun
