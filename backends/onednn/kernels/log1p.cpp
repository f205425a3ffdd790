#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_log1p() { return unary<UnaryOp::log1p>("log1p"); }

}  // namespace nnrun::onednn
