#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_sign() { return elementwise<1, kNumbers, "sign_of(x0)">("sign"); }

}  // namespace nnrun::cuda
