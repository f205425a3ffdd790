#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_logical_or() { return binary<BinaryOp::logical_or>("logical_or"); }

}  // namespace nnrun::onednn
