#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_floor() { return unary<UnaryOp::floor>("floor"); }

}  // namespace nnrun::onednn
