#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_expm1() { return unary<UnaryOp::expm1>("expm1"); }

}  // namespace nnrun::onednn
