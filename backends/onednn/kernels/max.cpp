#include "backends/onednn/reduce.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_max() { return reduction("max", ReduceOp::max); }

}  // namespace nnrun::onednn
