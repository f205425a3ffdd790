#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_minimum() { return binary<BinaryOp::minimum>("minimum"); }

}  // namespace nnrun::onednn
