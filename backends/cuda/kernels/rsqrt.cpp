#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_rsqrt() {
  return elementwise<1, kFloats, "W(1) / sqrt_of(x0)">("rsqrt");
}

}  // namespace nnrun::cuda
