#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_logical_and() { return binary<BinaryOp::logical_and>("logical_and"); }

}  // namespace nnrun::onednn
