#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_ceil() { return unary<UnaryOp::ceil>("ceil"); }

}  // namespace nnrun::onednn
