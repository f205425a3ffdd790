#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_tanh() { return unary<UnaryOp::tanh>("tanh"); }

}  // namespace nnrun::onednn
