#include "backends/reference/pool.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_adaptive_avg_pool2d_grad() {
  return loop<AveragePoolGrad<adaptive_ranges>>("adaptive_avg_pool2d_grad");
}

}  // namespace nnrun::reference
