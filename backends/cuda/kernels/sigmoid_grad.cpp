#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_sigmoid_grad() {
  return elementwise<2, kFloats, "x0 * x1 * (W(1) - x1)">("sigmoid_grad");
}

}  // namespace nnrun::cuda
