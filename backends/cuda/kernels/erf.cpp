#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_erf() { return elementwise<1, kFloats, "erf_of(x0)">("erf"); }

}  // namespace nnrun::cuda
