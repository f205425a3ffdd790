#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_add() { return binary<BinaryOp::add>("add"); }

}  // namespace nnrun::onednn
