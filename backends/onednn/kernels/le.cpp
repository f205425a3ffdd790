#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_le() { return binary<BinaryOp::le>("le"); }

}  // namespace nnrun::onednn
