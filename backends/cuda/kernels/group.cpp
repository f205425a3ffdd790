#include "backends/cuda/chain.h"
#include "backends/cuda/update_group.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_group() { return {chain_kernel(), update_group_kernel()}; }

}  // namespace nnrun::cuda
