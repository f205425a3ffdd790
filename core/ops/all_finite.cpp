#include "core/ops/rules.h"

namespace nnrun {

OpDef op_all_finite() {
  OpDef d;
  d.name = "all_finite";
  d.doc = "1 when ok is not 0 and every element of every further operand is finite, else 0 (uint8)";
  d.max_in = -1;
  d.flags = kNoGradient;
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("all_finite", c, 0, NNR_U8);
    if (c.shape(0).rank() != 0) {
      op_error("all_finite", "ok has shape " + c.shape(0).str() + ", expected a scalar");
    }
    for (size_t i = 1; i < c.in.size(); ++i) {
      if (!c.has(i)) op_error("all_finite", "operand " + std::to_string(i) + " is absent");
      takes("all_finite", c, i, sdk::kFloats);
    }
    return {{DType::uint8, {}}};
  };
  const auto ok = [](double v) { return Sample::In{{}, v, v, DType::uint8, true}; };
  d.samples = {{{ok(1), {{2, 3}}, {{5}}}, {}},
               {{ok(0), {{4}}}, {}},
               {{ok(1), {{0, 2}}, {{}}, {{3, 3}}}, {}},
               {{ok(1)}, {}}};
  return d;
}

}  // namespace nnrun
