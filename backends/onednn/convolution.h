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
//
// Beside them, "lanes" (convolution_lanes.cpp) and "rows" (convolution_rows.cpp), for few channels
// of many images and of few, and winograd.h are ours, and
// "unfolded" (convolution_unfolded.cpp), for many channels of small images, is a product of
// oneDNN's. "amx" (convolution_amx.cpp) is for bfloat16 on CPUs with a matrix unit.
#pragma once

#include <optional>

#include "backends/onednn/primitive.h"

namespace nnrun::onednn {

enum class ConvWay { plain, blocked, winograd };
enum class ConvOperands { plain, own, own_but_x, blocks };
enum class ConvPass { forward, grad_input, grad_weight };

/// One convolution as oneDNN describes it. x (N, C, H, W), w (O, C / groups, KH, KW) or, when there
/// are several groups, (groups, O / groups, ...), y (N, O, ...); which of them are operands and
/// which the result depends on the pass.
struct ConvProblem {
  ConvPass pass;
  DType dtype;  // computed in
  int64_t groups;
  memory::dims x, w, y;
  compat::Window window;
  bool bias = false;
  int inputs = 2;  // of the op: where the result is

  ConvProblem(const Desc& d, ConvPass pass);
  double work() const;  // multiply-adds
  static double elements(const memory::dims& s) {
    double n = 1;
    for (int64_t i : s) n *= double(i);
    return n;
  }
};

/// The kernels of one pass, which is the op of that name.
std::vector<KernelDef> convolution_kernels(const char* op, ConvPass pass);
/// Of groups that begin with a conv2d.
std::vector<KernelDef> fused_convolutions();
/// The one that has samples side by side, by our own loops.
KernelDef lanes_kernel(const char* op, ConvPass pass);
/// The one of bfloat16 by our own loops on the matrix unit: conv2d, or a group that begins with
/// one.
KernelDef amx_kernel(const char* op);
/// The one of row-major images by our own loops: conv2d, or a group that begins with one.
KernelDef rows_kernel(const char* op);
/// The one over the windows of all images.
KernelDef unfolded_kernel(const char* op, ConvPass pass);

}  // namespace nnrun::onednn
