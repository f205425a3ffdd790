#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_logical_not() {
  return elementwise<1, NNR_B8, "!x0", Result::truth>("logical_not");
}

}  // namespace nnrun::cuda
