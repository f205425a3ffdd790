#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_round() { return unary<UnaryOp::round>("round"); }

}  // namespace nnrun::onednn
