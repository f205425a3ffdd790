#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_exp() { return unary<UnaryOp::exp>("exp"); }

}  // namespace nnrun::onednn
