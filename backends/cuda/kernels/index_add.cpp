#include "backends/cuda/indexing.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_index_add() { return adding<IndexRank::one>("index_add"); }

}  // namespace nnrun::cuda
