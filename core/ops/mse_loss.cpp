#include "core/ops/losses.h"

namespace nnrun {

OpDef op_mse_loss() { return value_loss({"mse_loss", "(x - y)^2", "d = x0 - x1; d*d"}); }

}  // namespace nnrun
