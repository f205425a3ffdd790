#include "backends/cuda/pool.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_adaptive_avg_pool2d() {
  return one<AveragePool<true>>("adaptive_avg_pool2d");
}

}  // namespace nnrun::cuda
