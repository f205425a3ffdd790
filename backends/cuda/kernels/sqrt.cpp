#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_sqrt() { return elementwise<1, kFloats, "sqrt_of(x0)">("sqrt"); }

}  // namespace nnrun::cuda
