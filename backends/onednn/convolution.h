// conv2d and its gradients by oneDNN. Operands arrive and leave as plain NCHW and OIHW; there are
// three ways to deal with that, of which the planner takes the quickest:
//
//   plain     as they are (a matrix product over unfolded windows)
//   blocked   reordered to the layouts oneDNN likes best, and back
//   winograd  the same with the Winograd algorithm, under fast math, for 3x3 windows of stride 1
#pragma once

#include <optional>

#include "backends/onednn/primitive.h"

namespace nnrun::onednn {

enum class ConvWay { plain, blocked, winograd };
enum class ConvPass { forward, grad_input, grad_weight };

/// The kernels of one pass, which is the op of that name.
std::vector<KernelDef> convolution_kernels(const char* op, ConvPass pass);

}  // namespace nnrun::onednn
