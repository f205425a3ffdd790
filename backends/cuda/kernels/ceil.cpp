#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_ceil() { return elementwise<1, kFloats, "ceil_of(x0)">("ceil"); }

}  // namespace nnrun::cuda
