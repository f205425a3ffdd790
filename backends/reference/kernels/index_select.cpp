#include "backends/reference/indexing.h"

namespace nnrun::reference {

std::vector<KernelDef> kernel_index_select() { return loop<Take<IndexRank::one>>("index_select"); }

}  // namespace nnrun::reference
