// 3x3 convolutions of stride 1 and their gradients by tiles (F(4x4, 3x3), see simd/winograd.cpp),
// on the host's threads, with channels in blocks: a quarter of the multiply-adds, at the price of
// the transforms and of a few more ulp. Under fast math.
//
//   winograd-4x4           takes the weights as they are
//   winograd-4x4-prepared  takes them transformed, as the op `reorder` leaves them in a layout that
//                          nothing else reads: worth it where they do not change
#pragma once

#include "backends/onednn/convolution.h"

namespace nnrun::onednn {

std::vector<KernelDef> winograd_kernels(const char* op, ConvPass pass);
/// Of groups that begin with a conv2d.
std::vector<KernelDef> fused_winograd_kernels();
/// The transform of weights, of the op `reorder`.
KernelDef winograd_weights_kernel();

}  // namespace nnrun::onednn
