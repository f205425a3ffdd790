#include "backends/cuda/map_group.h"
#include "backends/cuda/weight_gradient.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_group() { return {map_group_kernel(), weight_gradient_kernel()}; }

}  // namespace nnrun::cuda
