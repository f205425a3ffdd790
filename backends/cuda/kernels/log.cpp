#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_log() { return elementwise<1, kFloats, "log_of(x0)">("log"); }

}  // namespace nnrun::cuda
