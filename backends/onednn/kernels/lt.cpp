#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_lt() { return binary<BinaryOp::lt>("lt"); }

}  // namespace nnrun::onednn
