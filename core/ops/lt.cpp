#include "core/ops/rules.h"

namespace nnrun {

OpDef op_lt() { return comparison_op("lt", "x < y"); }

}  // namespace nnrun
