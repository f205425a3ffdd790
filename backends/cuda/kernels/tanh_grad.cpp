#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_tanh_grad() {
  return elementwise<2, kFloats, "x0 * (W(1) - x1 * x1)">("tanh_grad");
}

}  // namespace nnrun::cuda
