#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_minimum() {
  return elementwise<2, kNumbers, "smaller(x0, x1)">("minimum");
}

}  // namespace nnrun::cuda
