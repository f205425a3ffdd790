#include "backends/cuda/move.h"

namespace nnrun::cuda {
namespace {

class Pad : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, same_as(0)}); }
  explicit Pad(const Desc& d) : MapKernel(d) {
    Map value;
    value.shape = d.out(0).shape();
    value.out = {operand_over(d, 1, value.shape)};
    value.v = {d.attrs().number("value")};
    value.stores = true;
    value.body = std::string("result0 = convert<") + type_of(d.out(0).dtype()) + ">(a.v[0]);";
    add_map(value);

    const std::vector<int64_t> low = d.attrs().integers("low");
    const std::vector<int64_t> interior = d.attrs().integers("interior");
    std::vector<int64_t> strides = d.out(0).strides();
    int64_t base = 0;
    for (size_t i = 0; i < strides.size(); ++i) {
      base += low[i] * strides[i];
      strides[i] *= interior[i] + 1;
    }
    add_map(move_map(d, 0, 1, strides, base));
  }
};

}  // namespace

std::vector<KernelDef> kernel_pad() { return one<Pad>("pad"); }

}  // namespace nnrun::cuda
