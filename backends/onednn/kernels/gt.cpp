#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_gt() { return binary<BinaryOp::gt>("gt"); }

}  // namespace nnrun::onednn
