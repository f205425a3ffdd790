#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_sub() { return binary<BinaryOp::sub>("sub"); }

}  // namespace nnrun::onednn
