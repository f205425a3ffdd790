#include "backends/cuda/indexing.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_index_select() { return one<Take<IndexRank::one>>("index_select"); }

}  // namespace nnrun::cuda
