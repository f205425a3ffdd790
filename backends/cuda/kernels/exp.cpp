#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_exp() { return elementwise<1, kFloats, "exp_of(x0)">("exp"); }

}  // namespace nnrun::cuda
