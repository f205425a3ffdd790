#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_isfinite() {
  return elementwise<1, kFloats, "finite(x0)", Result::truth>("isfinite");
}

}  // namespace nnrun::cuda
