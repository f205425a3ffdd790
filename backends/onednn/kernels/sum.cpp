#include "backends/onednn/reduce.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_sum() { return reduction("sum", ReduceOp::sum); }

}  // namespace nnrun::onednn
