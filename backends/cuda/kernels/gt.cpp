#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_gt() {
  return elementwise<2, kAllDTypes, "x0 > x1", Result::truth>("gt");
}

}  // namespace nnrun::cuda
