#include "backends/cuda/pool.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_adaptive_avg_pool2d_grad() {
  return one<AveragePoolGrad<true>>("adaptive_avg_pool2d_grad");
}

}  // namespace nnrun::cuda
