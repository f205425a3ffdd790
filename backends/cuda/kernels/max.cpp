#include "backends/cuda/reduce.h"

namespace nnrun::cuda {
namespace {

class MaxKernel : public ReduceKernel {
 public:
  static Offer offer(const Desc& d) { return reduce_offer(d, kNumbers); }
  explicit MaxKernel(const Desc& d) : ReduceKernel(d) { reduce(d, "Max", "Whole", 1); }
};

}  // namespace

std::vector<KernelDef> kernel_max() { return one<MaxKernel>("max"); }

}  // namespace nnrun::cuda
