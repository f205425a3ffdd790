#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_floor() { return elementwise<1, kFloats, "floor_of(x0)">("floor"); }

}  // namespace nnrun::cuda
