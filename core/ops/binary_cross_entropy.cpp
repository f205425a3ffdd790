#include "core/ops/losses.h"

namespace nnrun {

OpDef op_binary_cross_entropy() {
  // torch bounds the logarithms at -100, and the gradient separately: by 1e-12, as a float32.
  OpDef d =
      value_loss({"binary_cross_entropy",
                  "-(y log(x) + (1 - y) log(1 - x)) of probabilities x, logarithms at least -100",
                  "(x1 - 1)*max(log1p(-x0), -100) - x1*max(log(x0), -100)",
                  "x2*(x0 - x1)/max((1 - x0)*x0, 9.999999960041972e-13)",
                  "x2*(max(log1p(-x0), -100) - max(log(x0), -100))"});
  for (Sample& s : d.samples) {
    s.in[0].lo = 0.05;
    s.in[0].hi = 0.95;
    s.in[1].lo = 0;
    s.in[1].hi = 1;
  }
  return d;
}

}  // namespace nnrun
