#include "backends/reference/pool.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_avg_pool2d() { return loop<AveragePool<pool_ranges>>("avg_pool2d"); }

}  // namespace nnrun::reference
