#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_rsqrt() { return unary<UnaryOp::rsqrt>("rsqrt"); }

}  // namespace nnrun::onednn
