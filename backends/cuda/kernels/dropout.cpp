#include "backends/cuda/random.h"

namespace nnrun::cuda {
namespace {

class Dropout : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    return elementwise_inplace(accept(d, {kFloats, NNR_I64, same_as(0), NNR_B8}), d);
  }
  explicit Dropout(const Desc& d) : MapKernel(d) {
    const double p = d.attrs().number("p");
    Map m;
    m.shape = d.out(0).shape();
    m.in = {operand_over(d, 0, m.shape), address_of(d, 1, m.shape)};
    m.out = {operand_over(d, 2, m.shape), operand_over(d, 3, m.shape)};
    m.parts = {text_philox()};
    m.v = {p, p < 1 ? 1 / (1 - p) : 0};
    // Always float32 numbers, so that every dtype sees the same mask; a product, not a choice, so
    // that a NaN that is dropped is still seen.
    m.body = std::string("typedef ") + wide_type_of(d.in(0).dtype()) + " W; " +
             read_state(d, 1, 1) +
             "y1 = uniform(state, u64(i), 24) >= float(a.v[0]); y0 = x0 * W(y1) * W(a.v[1]);";
    add_map(m);
  }
};

}  // namespace

std::vector<KernelDef> kernel_dropout() { return one<Dropout>("dropout"); }

}  // namespace nnrun::cuda
