#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_sign() { return unary<UnaryOp::sign>("sign"); }

}  // namespace nnrun::onednn
