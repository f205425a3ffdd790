#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_sigmoid() {
  return elementwise<1, kFloats, "sigmoid_of(x0)">("sigmoid");
}

}  // namespace nnrun::cuda
