#include "backends/cuda/reduce.h"

namespace nnrun::cuda {
namespace {

class ProdKernel : public ReduceKernel {
 public:
  static Offer offer(const Desc& d) { return reduce_offer(d, kNumbers); }
  explicit ProdKernel(const Desc& d) : ReduceKernel(d) { reduce(d, "Prod", "Whole", 1); }
};

}  // namespace

std::vector<KernelDef> kernel_prod() { return one<ProdKernel>("prod"); }

}  // namespace nnrun::cuda
