#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_abs() { return elementwise<1, kNumbers, "absolute(x0)">("abs"); }

}  // namespace nnrun::cuda
