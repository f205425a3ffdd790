#include "backends/onednn/convolution.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_conv2d() { return convolution_kernels("conv2d", ConvPass::forward); }

}  // namespace nnrun::onednn
