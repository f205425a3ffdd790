// Convolution and pooling: the attributes and the size arithmetic they share. x is (N, C, H, W).
// All errors are Error(model) "[op] ...".
#pragma once

#include <string>
#include <vector>

#include "core/ops/op.h"

namespace nnrun {

/// stride, padding, dilation, groups.
std::vector<AttrDecl> conv2d_attrs();
/// The shape of conv2d's result, with everything about the operands checked:
/// out = floor((in + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.
Shape conv2d_shape(const std::string& op, const Attrs& a, const Shape& x, const Shape& weight);

/// Multiply-adds for each element of conv2d's result: elements of a weight without its dimension 0.
int64_t taps(const Shape& weight);

/// kernel_size, stride, padding, ceil_mode.
std::vector<AttrDecl> pool2d_attrs();
/// The shape of a pooling's result; `dilation` counts where the op has it. With ceil_mode the
/// division rounds up, and a last window that would start in the padding after x is left out.
Shape pool2d_shape(const std::string& op, const Attrs& a, const Shape& x);

/// input_size: H and W of the operand whose gradient is asked for.
AttrDecl input_size_attr();
/// gy with H and W replaced by that attribute.
Shape with_input_size(const std::string& op, const Attrs& a, const Shape& gy);

/// The attributes with another one set, or one taken out.
Attrs with(Attrs a, const std::string& name, AttrValue v);
Attrs without(Attrs a, const std::string& name);

}  // namespace nnrun
