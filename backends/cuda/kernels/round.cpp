#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_round() { return elementwise<1, kFloats, "round_of(x0)">("round"); }

}  // namespace nnrun::cuda
