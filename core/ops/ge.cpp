#include "core/ops/rules.h"

namespace nnrun {

OpDef op_ge() { return comparison_op("ge", "x >= y"); }

}  // namespace nnrun
