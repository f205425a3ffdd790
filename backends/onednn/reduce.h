// Reductions over any dims of strided operands.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// The kernels of sum, prod, max, min, and (with `mean`) of the sum divided by how many.
std::vector<KernelDef> reduction(const char* op, ReduceOp how, bool mean = false);

}  // namespace nnrun::onednn
