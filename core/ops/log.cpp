#include "core/ops/rules.h"

namespace nnrun {

OpDef op_log() {
  OpDef d = elementwise_op("log", "the natural logarithm", 1, 0.2, 3);
  d.gradient = [](Builder&, const GradCall& c) -> std::vector<Var> {
    return {c.gout[0] / c.in[0]};
  };
  return d;
}

}  // namespace nnrun
