#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_logical_not() { return unary<UnaryOp::logical_not>("logical_not"); }

}  // namespace nnrun::onednn
