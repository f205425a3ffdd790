#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_ne() { return binary<BinaryOp::ne>("ne"); }

}  // namespace nnrun::onednn
