#include "backends/cuda/reduce.h"

namespace nnrun::cuda {
namespace {

class MinKernel : public ReduceKernel {
 public:
  static Offer offer(const Desc& d) { return reduce_offer(d, kNumbers); }
  explicit MinKernel(const Desc& d) : ReduceKernel(d) { reduce(d, "Min", "Whole", 1); }
};

}  // namespace

std::vector<KernelDef> kernel_min() { return one<MinKernel>("min"); }

}  // namespace nnrun::cuda
