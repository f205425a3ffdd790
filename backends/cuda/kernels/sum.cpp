#include "backends/cuda/reduce.h"

namespace nnrun::cuda {
namespace {

class SumKernel : public ReduceKernel {
 public:
  static Offer offer(const Desc& d) { return reduce_offer(d, kNumbers); }
  explicit SumKernel(const Desc& d) : ReduceKernel(d) { reduce(d, "Sum", "Whole", 1); }
};

}  // namespace

std::vector<KernelDef> kernel_sum() { return one<SumKernel>("sum"); }

}  // namespace nnrun::cuda
