#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_cos() { return unary<UnaryOp::cos>("cos"); }

}  // namespace nnrun::onednn
