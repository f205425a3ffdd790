// conv2d and its gradients by oneDNN, which computes them
//
//   plain     from plain NCHW and OIHW (a matrix product over unfolded windows)
//   blocked   in the layouts it likes best
//   winograd  in those, with the Winograd algorithm, under fast math, for 3x3 windows of stride 1:
//             oneDNN 2.x on CPUs with AVX-512 has it
//
// The last two come as offers of their own layouts ("blocked") and once more for plain operands
// ("reordered"), which are then reordered there and back within each run. Images of a few channels
// would be mostly padding in blocks: "first" leaves them plain. With oneDNN 3.x the layouts it
// likes best may be others in each pass; "same-blocks" has blocks of channels in all of them.
#pragma once

#include <optional>

#include "backends/onednn/primitive.h"

namespace nnrun::onednn {

enum class ConvWay { plain, blocked, winograd };
enum class ConvOperands { plain, own, own_but_x, blocks };
enum class ConvPass { forward, grad_input, grad_weight };

/// The kernels of one pass, which is the op of that name.
std::vector<KernelDef> convolution_kernels(const char* op, ConvPass pass);
/// Of groups that begin with a conv2d.
std::vector<KernelDef> fused_convolutions();

}  // namespace nnrun::onednn
