#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_sin() { return unary<UnaryOp::sin>("sin"); }

}  // namespace nnrun::onednn
