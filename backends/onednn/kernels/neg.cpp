#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_neg() { return unary<UnaryOp::neg>("neg"); }

}  // namespace nnrun::onednn
