// y = x w + bias, for the ops that are matrix products.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// The kernels of `matmul` (x, y) or `linear` (x, weight, [bias]), best suited first: oneDNN's, and
/// our own for small and for thin operands.
std::vector<KernelDef> product_kernels(const char* op);

}  // namespace nnrun::onednn
