#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_sub() { return elementwise<2, kNumbers, "minus(x0, x1)">("sub"); }

}  // namespace nnrun::cuda
