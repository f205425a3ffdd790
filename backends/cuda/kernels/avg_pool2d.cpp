#include "backends/cuda/pool.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_avg_pool2d() { return one<AveragePool<false>>("avg_pool2d"); }

}  // namespace nnrun::cuda
