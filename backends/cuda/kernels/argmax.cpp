#include "backends/cuda/arg_extreme.h"

namespace nnrun::cuda {
namespace {

class Argmax : public ArgKernel {
 public:
  explicit Argmax(const Desc& d) : ArgKernel(d, "Larger") {}
};

}  // namespace

std::vector<KernelDef> kernel_argmax() { return one<Argmax>("argmax"); }

}  // namespace nnrun::cuda
