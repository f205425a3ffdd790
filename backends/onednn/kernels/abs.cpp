#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_abs() { return unary<UnaryOp::abs>("abs"); }

}  // namespace nnrun::onednn
