#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_ne() {
  return elementwise<2, kAllDTypes, "x0 != x1", Result::truth>("ne");
}

}  // namespace nnrun::cuda
