#include "core/ops/losses.h"

namespace nnrun {

OpDef op_binary_cross_entropy_with_logits() {
  // The formula alone would have no derivative at 0, where untrained networks begin.
  OpDef d = value_loss(
      {"binary_cross_entropy_with_logits", "binary_cross_entropy of sigmoid(x), without overflow",
       "max(x0, 0) - x0*x1 + log1p(exp(-abs(x0)))", "x2*(sigmoid(x0) - x1)", "-x2*x0"});
  for (Sample& s : d.samples) {
    s.in[1].lo = 0;
    s.in[1].hi = 1;
  }
  return d;
}

}  // namespace nnrun
