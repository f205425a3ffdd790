#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_sigmoid() { return unary<UnaryOp::sigmoid>("sigmoid"); }

}  // namespace nnrun::onednn
