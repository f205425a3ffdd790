#include "core/ops/rules.h"

namespace nnrun {

OpDef op_softplus() {
  return formula_op("softplus", "log(1 + exp(beta * x)) / beta; x where beta * x > threshold",
                    "a0 * x0 > a1 ? x0 : log1p(exp(a0 * x0)) / a0",
                    {attr("beta", 1.0, "sharpness").above(0),
                     attr("threshold", 20.0, "beta * x above which the result is x")});
}

}  // namespace nnrun
