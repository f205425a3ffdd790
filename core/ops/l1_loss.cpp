#include "core/ops/losses.h"

namespace nnrun {

OpDef op_l1_loss() {
  return value_loss({"l1_loss", "|x - y|; its derivative at 0 is 0", "abs(x0 - x1)"});
}

}  // namespace nnrun
