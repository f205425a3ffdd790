#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_tanh() { return elementwise<1, kFloats, "tanh_of(x0)">("tanh"); }

}  // namespace nnrun::cuda
