#include "backends/cuda/pool.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_avg_pool2d_grad() {
  return one<AveragePoolGrad<false>>("avg_pool2d_grad");
}

}  // namespace nnrun::cuda
