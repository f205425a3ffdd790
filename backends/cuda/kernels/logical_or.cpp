#include "backends/cuda/kernels.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_logical_or() {
  return elementwise<2, NNR_B8, "x0 || x1", Result::truth>("logical_or");
}

}  // namespace nnrun::cuda
