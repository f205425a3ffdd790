#include "backends/onednn/product.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_linear() { return product_kernels("linear"); }

}  // namespace nnrun::onednn
