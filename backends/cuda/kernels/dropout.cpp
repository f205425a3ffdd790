#include <nnrun/sdk/formula.hpp>

#include "backends/cuda/random.h"

namespace nnrun::cuda {
namespace {

struct Dropout {
  static Offer offer(const Desc& d) {
    return elementwise_inplace(accept(d, {kFloats, NNR_I64, same_as(0), NNR_B8}), d);
  }
  static Map map(const Desc& d) {
    const double p = d.attrs().number("p");
    const auto number = [](double v) { return "double(" + formula_number(v) + ")"; };
    Map m;
    m.shape = d.out(0).shape();
    m.in = {operand_over(d, 0, m.shape), address_of(d, 1, m.shape)};
    m.out = {operand_over(d, 2, m.shape), operand_over(d, 3, m.shape)};
    m.parts = {text_philox()};
    // Always float32 numbers, so that every dtype sees the same mask; a product, not a choice, so
    // that a NaN that is dropped is still seen.
    m.body = std::string("typedef ") + wide_type_of(d.in(0).dtype()) + " W; " +
             read_state(d, 1, 1) + "y1 = uniform(state, u64(i), 24) >= float(" + number(p) +
             "); y0 = x0 * W(y1) * W(" + number(p < 1 ? 1 / (1 - p) : 0) + ");";
    return m;
  }
};

}  // namespace

std::vector<KernelDef> kernel_dropout() { return map_op<Dropout>("dropout"); }

}  // namespace nnrun::cuda
