#include "backends/cuda/map_group.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_group() { return {map_group_kernel()}; }

}  // namespace nnrun::cuda
