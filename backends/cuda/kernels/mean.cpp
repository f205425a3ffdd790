#include "backends/cuda/reduce.h"

namespace nnrun::cuda {
namespace {

class MeanKernel : public ReduceKernel {
 public:
  static Offer offer(const Desc& d) { return reduce_offer(d, kFloats); }
  explicit MeanKernel(const Desc& d) : ReduceKernel(d) {
    reduce(d, "Sum", "Mean", double(d.in(0).numel()) / double(d.out(0).numel()));
  }
};

}  // namespace

std::vector<KernelDef> kernel_mean() { return one<MeanKernel>("mean"); }

}  // namespace nnrun::cuda
