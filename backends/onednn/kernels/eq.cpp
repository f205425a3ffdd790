#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_eq() { return binary<BinaryOp::eq>("eq"); }

}  // namespace nnrun::onednn
