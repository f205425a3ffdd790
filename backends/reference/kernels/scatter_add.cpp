#include "backends/reference/indexing.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_scatter_add() { return loop<AddAt<IndexRank::full>>("scatter_add"); }

}  // namespace nnrun::reference
