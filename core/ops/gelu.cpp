#include "core/ops/rules.h"

namespace nnrun {

OpDef op_gelu() {
  OpDef d = elementwise_op("gelu", "x * Phi(x), Phi the normal distribution function", 1, -8, 8);
  d.flags |= kZeroToZero;
  d.attrs = {
      attr("approximate", "none", "tanh: the tanh approximation of Phi").of({"none", "tanh"})};
  d.compose = [](Builder& b, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const char* const formula =
        a.text("approximate") == "tanh"
            ? "x0 * (0.5 * (1 + tanh(0.7978845608028654 * (x0 + 0.044715 * (x0 * x0 * x0)))))"
            : "x0 * (0.5 * (1 + erf(x0 * 0.7071067811865476)))";
    return {b.call1("formula", {in[0]}, {{"expr", formula}})};
  };
  Sample tanh = d.samples[0];
  tanh.attrs = {{"approximate", "tanh"}};
  d.samples.push_back(tanh);
  return d;
}

}  // namespace nnrun
