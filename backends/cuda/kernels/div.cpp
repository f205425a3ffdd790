#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_div() { return elementwise<2, kFloats, "x0 / x1">("div"); }

}  // namespace nnrun::cuda
