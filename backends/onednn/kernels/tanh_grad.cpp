#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_tanh_grad() { return binary<BinaryOp::tanh_grad>("tanh_grad"); }

}  // namespace nnrun::onednn
