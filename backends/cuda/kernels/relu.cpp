#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_relu() {
  return elementwise<1, kFloats, "x0 <= W(0) ? W(0) : x0">("relu");
}

}  // namespace nnrun::cuda
