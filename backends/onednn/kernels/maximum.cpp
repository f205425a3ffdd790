#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_maximum() { return binary<BinaryOp::maximum>("maximum"); }

}  // namespace nnrun::onednn
