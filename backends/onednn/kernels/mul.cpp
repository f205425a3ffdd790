#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_mul() { return binary<BinaryOp::mul>("mul"); }

}  // namespace nnrun::onednn
