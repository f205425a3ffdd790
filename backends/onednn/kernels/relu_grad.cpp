#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_relu_grad() { return binary<BinaryOp::relu_grad>("relu_grad"); }

}  // namespace nnrun::onednn
