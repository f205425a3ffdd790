#include "core/ops/rules.h"

namespace nnrun {

OpDef op_isfinite() {
  OpDef d = elementwise_op("isfinite", "whether x is neither infinite nor NaN", 1);
  d.flags |= kNoGradient;
  d.infer = elementwise("isfinite", DType::boolean);
  return d;
}

}  // namespace nnrun
