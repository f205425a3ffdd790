#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_relu_grad() {
  return elementwise<2, kFloats, "x1 > W(0) ? x0 : W(0)">("relu_grad");
}

}  // namespace nnrun::cuda
