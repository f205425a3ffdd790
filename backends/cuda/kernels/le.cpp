#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_le() {
  return elementwise<2, kAllDTypes, "x0 <= x1", Result::truth>("le");
}

}  // namespace nnrun::cuda
