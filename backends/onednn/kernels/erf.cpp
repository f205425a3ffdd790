#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_erf() { return unary<UnaryOp::erf>("erf"); }

}  // namespace nnrun::onednn
