#include "core/ops/rules.h"

namespace nnrun {

OpDef op_eq() { return comparison_op("eq", "x == y"); }

}  // namespace nnrun
