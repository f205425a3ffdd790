#include "backends/onednn/reduce.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_mean() { return reduction("mean", ReduceOp::sum, true); }

}  // namespace nnrun::onednn
