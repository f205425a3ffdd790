#include "core/ops/rules.h"

namespace nnrun {

OpDef op_logical_not() {
  OpDef d = elementwise_op("logical_not", "not x, of bool", 1, 0, 1);
  d.flags |= kNoGradient;
  d.dtypes = NNR_B8;
  return d;
}

}  // namespace nnrun
