#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_pow() { return binary<BinaryOp::pow>("pow"); }

}  // namespace nnrun::onednn
