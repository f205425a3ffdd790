#include "core/ops/rules.h"

namespace nnrun {

OpDef op_log_sigmoid() {
  return formula_op("log_sigmoid", "log(1 / (1 + exp(-x)))",
                    "x0 < 0 ? x0 - log1p(exp(x0)) : -log1p(exp(-x0))");
}

}  // namespace nnrun
