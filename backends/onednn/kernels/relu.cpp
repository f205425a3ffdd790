#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_relu() { return unary<UnaryOp::relu>("relu"); }

}  // namespace nnrun::onednn
