#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_div() { return binary<BinaryOp::div>("div"); }

}  // namespace nnrun::onednn
