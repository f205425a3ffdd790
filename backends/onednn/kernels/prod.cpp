#include "backends/onednn/reduce.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_prod() { return reduction("prod", ReduceOp::prod); }

}  // namespace nnrun::onednn
