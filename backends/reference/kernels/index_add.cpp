#include "backends/reference/indexing.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_index_add() { return loop<AddAt<IndexRank::one>>("index_add"); }

}  // namespace nnrun::reference
