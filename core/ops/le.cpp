#include "core/ops/rules.h"

namespace nnrun {

OpDef op_le() { return comparison_op("le", "x <= y"); }

}  // namespace nnrun
