#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_log1p() { return elementwise<1, kFloats, "log1p_of(x0)">("log1p"); }

}  // namespace nnrun::cuda
