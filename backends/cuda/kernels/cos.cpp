#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_cos() { return elementwise<1, kFloats, "cos_of(x0)">("cos"); }

}  // namespace nnrun::cuda
