#include "backends/onednn/elementwise.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_sigmoid_grad() {
  return binary<BinaryOp::sigmoid_grad>("sigmoid_grad");
}

}  // namespace nnrun::onednn
