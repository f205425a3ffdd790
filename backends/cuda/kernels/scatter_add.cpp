#include "backends/cuda/indexing.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_scatter_add() { return adding<IndexRank::full>("scatter_add"); }

}  // namespace nnrun::cuda
