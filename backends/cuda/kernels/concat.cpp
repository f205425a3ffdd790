#include "backends/cuda/move.h"

namespace nnrun::cuda {
namespace {

class Concat : public MapKernel {
 public:
  static Offer offer(const Desc& d) {
    if (d.inputs() == 0) return no("no operands");
    return accept_all(d, kAllDTypes);
  }
  explicit Concat(const Desc& d) : MapKernel(d) {
    const Operand y = d.out(0);
    const int dim = dim_of(d, y.rank());
    int64_t base = 0;
    for (int i = 0; i < d.inputs(); ++i) {
      add_map(move_map(d, i, d.inputs(), y.strides(), base));
      base += d.in(i).size(dim) * y.stride(dim);
    }
  }
};

}  // namespace

std::vector<KernelDef> kernel_concat() { return one<Concat>("concat"); }

}  // namespace nnrun::cuda
