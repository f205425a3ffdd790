#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_log() { return unary<UnaryOp::log>("log"); }

}  // namespace nnrun::onednn
