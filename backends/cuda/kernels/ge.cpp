#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_ge() {
  return elementwise<2, kAllDTypes, "x0 >= x1", Result::truth>("ge");
}

}  // namespace nnrun::cuda
