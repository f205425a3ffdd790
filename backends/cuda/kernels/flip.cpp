#include "backends/cuda/move.h"

namespace nnrun::cuda {
namespace {

class Flip : public MapKernel {
 public:
  static Offer offer(const Desc& d) { return accept(d, {kAllDTypes, same_as(0)}); }
  explicit Flip(const Desc& d) : MapKernel(d) {
    const Operand x = d.in(0);
    std::vector<int64_t> strides = d.out(0).strides();
    int64_t base = 0;
    for (int64_t dim : d.attrs().integers("dims")) {
      if (x.numel() == 0 || x.rank() == 0) break;
      const size_t i = size_t(dim < 0 ? dim + x.rank() : dim);
      base += (x.size(int(i)) - 1) * strides[i];
      strides[i] = -strides[i];
    }
    add_map(move_map(d, 0, 1, strides, base));
  }
};

}  // namespace

std::vector<KernelDef> kernel_flip() { return one<Flip>("flip"); }

}  // namespace nnrun::cuda
