#include "backends/onednn/convolution.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_conv2d_grad_input() {
  return convolution_kernels("conv2d_grad_input", ConvPass::grad_input);
}

}  // namespace nnrun::onednn
