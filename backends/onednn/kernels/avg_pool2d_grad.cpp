#include "backends/onednn/average_pool.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_avg_pool2d_grad() {
  return {kernel<AveragePool<true>>("avg_pool2d_grad", "simd")};
}

}  // namespace nnrun::onednn
