#include <nnrun/sdk/formula.hpp>

#include "backends/cuda/rules.h"

namespace nnrun::cuda {
namespace {

/// Operands x, weight, bias, mean, var: vectors over dimension 1.
struct BatchNormInference {
  static Offer offer(const Desc& d) {
    std::vector<uint64_t> dtypes(6, same_as(0));
    dtypes[0] = kFloats;
    dtypes[1] = dtypes[2] = optional(same_as(0));
    Offer o = accept(d, dtypes);
    if (o.why_not.empty() && d.in(0).strides() == d.out(0).strides()) o.inplace.push_back({0, 0});
    return o;
  }
  static Map map(const Desc& d) {
    Map m;
    m.shape = d.out(0).shape();
    const std::string eps = formula_number(d.attrs().number("eps"));
    std::string weight, bias, mean, var;
    for (int i = 0; i < 5; ++i) {
      if (!d.in(i)) continue;
      m.in.push_back(operand_over(d, i, m.shape));
      const std::string x = "x" + std::to_string(m.in.size() - 1);
      if (i > 0) {
        m.in.back().strides.assign(m.shape.size(), 0);
        m.in.back().strides[1] = d.in(i).stride(0);
      }
      if (i > 0) (i == 1 ? weight : i == 2 ? bias : i == 3 ? mean : var) = x;
    }
    m.out = {operand_over(d, 5, m.shape)};
    m.body = std::string("typedef ") + wide_type_of(d.in(0).dtype()) + " W; y0 = (x0 - " + mean +
             ") * (" + (weight.empty() ? "" : weight + " * ") + "(W(1) / sqrt_of(" + var +
             " + W(double(" + eps + ")))))" + (bias.empty() ? "" : " + " + bias) + ";";
    return m;
  }
};

}  // namespace

std::vector<KernelDef> kernel_batch_norm_inference() {
  return map_op<BatchNormInference>("batch_norm_inference");
}

}  // namespace nnrun::cuda
