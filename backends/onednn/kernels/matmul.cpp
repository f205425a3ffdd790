#include "backends/onednn/product.h"

namespace nnrun::onednn {

std::vector<KernelDef> kernel_matmul() { return product_kernels("matmul"); }

}  // namespace nnrun::onednn
