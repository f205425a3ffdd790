#include "backends/reference/pool.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_adaptive_avg_pool2d() {
  return loop<AveragePool<adaptive_ranges>>("adaptive_avg_pool2d");
}

}  // namespace nnrun::reference
