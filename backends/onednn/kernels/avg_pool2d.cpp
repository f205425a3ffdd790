#include "backends/onednn/average_pool.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_avg_pool2d() {
  return {kernel<AveragePool<false>>("avg_pool2d", "simd")};
}

}  // namespace nnrun::onednn
