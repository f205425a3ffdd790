#include "backends/onednn/convolution.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_conv2d_grad_weight() {
  return convolution_kernels("conv2d_grad_weight", ConvPass::grad_weight);
}

}  // namespace nnrun::onednn
