#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_pow() { return elementwise<2, kFloats, "pow_of(x0, x1)">("pow"); }

}  // namespace nnrun::cuda
