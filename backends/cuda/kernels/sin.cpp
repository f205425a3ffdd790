#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_sin() { return elementwise<1, kFloats, "sin_of(x0)">("sin"); }

}  // namespace nnrun::cuda
