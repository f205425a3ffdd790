#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_ge() { return binary<BinaryOp::ge>("ge"); }

}  // namespace nnrun::onednn
