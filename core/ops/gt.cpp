#include "core/ops/rules.h"

namespace nnrun {

OpDef op_gt() { return comparison_op("gt", "x > y"); }

}  // namespace nnrun
