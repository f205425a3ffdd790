#include "backends/reference/pool.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_avg_pool2d_grad() {
  return loop<AveragePoolGrad<pool_ranges>>("avg_pool2d_grad");
}

}  // namespace nnrun::reference
