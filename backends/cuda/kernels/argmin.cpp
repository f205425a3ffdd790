#include "backends/cuda/arg_extreme.h"

namespace nnrun::cuda {
namespace {

class Argmin : public ArgKernel {
 public:
  explicit Argmin(const Desc& d) : ArgKernel(d, "Smaller") {}
};

}  // namespace

std::vector<KernelDef> kernel_argmin() { return one<Argmin>("argmin"); }

}  // namespace nnrun::cuda
