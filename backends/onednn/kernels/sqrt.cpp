#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_sqrt() { return unary<UnaryOp::sqrt>("sqrt"); }

}  // namespace nnrun::onednn
