#include "backends/onednn/reduce.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_min() { return reduction("min", ReduceOp::min); }

}  // namespace nnrun::onednn
