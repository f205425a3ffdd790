#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_isfinite() { return unary<UnaryOp::isfinite>("isfinite"); }

}  // namespace nnrun::onednn
