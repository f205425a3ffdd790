#include "backends/cuda/indexing.h"

namespace nnrun::cuda {

std::vector<KernelDef> kernel_gather() { return one<Take<IndexRank::full>>("gather"); }

}  // namespace nnrun::cuda
