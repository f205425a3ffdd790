#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_lt() {
  return elementwise<2, kAllDTypes, "x0 < x1", Result::truth>("lt");
}

}  // namespace nnrun::cuda
