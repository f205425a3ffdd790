#include "core/ops/rules.h"

namespace nnrun {

OpDef op_ne() { return comparison_op("ne", "x != y"); }

}  // namespace nnrun
