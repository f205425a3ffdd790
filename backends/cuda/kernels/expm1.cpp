#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_expm1() { return elementwise<1, kFloats, "expm1_of(x0)">("expm1"); }

}  // namespace nnrun::cuda
