#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_mul() { return elementwise<2, kNumbers, "times(x0, x1)">("mul"); }

}  // namespace nnrun::cuda
