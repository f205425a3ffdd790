#include "backends/reference/indexing.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_gather() { return loop<Take<IndexRank::full>>("gather"); }

}  // namespace nnrun::reference
