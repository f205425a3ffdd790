#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_maximum() {
  return elementwise<2, kNumbers, "larger(x0, x1)">("maximum");
}

}  // namespace nnrun::cuda
