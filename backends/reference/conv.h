// 2-d convolution and its two gradients: one loop over the products x * weight that make up y,
// whose terms are summed up in whichever of the three the op asks for.
#pragma once

#include <array>

#include "backends/reference/kernels.h"

namespace nnrun::reference {

/// The products of a convolution. Strides are those of the buffers: operands as they lie, the
/// result row-major in the workspace.
struct Taps {
  struct Side {  // one of the two spatial dimensions
    int64_t input, output, kernel, stride, padding, dilation;
  };
  struct Image {  // four sizes, and strides in the buffer it is in
    std::array<int64_t, 4> size, stride;
  };

  int64_t groups;
  std::array<Side, 2> side;
  Image x, weight, y;

  /// Reads the attributes stride, padding, dilation and groups.
  Taps(const Desc& d, const Image& x, const Image& weight, const Image& y);

  /// f(offset in x, in weight, in y) for each product of elements that exist; padding has none.
  template <class F> void for_each(F&& f) const {
    const auto& [h, w] = side;
    const int64_t out_per_group = weight.size[0] / groups, in_per_group = weight.size[1];
    for (int64_t n = 0; n < x.size[0]; ++n) {
      for (int64_t o = 0; o < weight.size[0]; ++o) {
        for (int64_t c = 0; c < in_per_group; ++c) {
          const int64_t channel = o / out_per_group * in_per_group + c;
          const int64_t x0 = n * x.stride[0] + channel * x.stride[1];
          const int64_t w0 = o * weight.stride[0] + c * weight.stride[1];
          const int64_t y0 = n * y.stride[0] + o * y.stride[1];
          for (int64_t kh = 0; kh < h.kernel; ++kh) {
            for (int64_t oh = 0; oh < h.output; ++oh) {
              const int64_t ih = oh * h.stride - h.padding + kh * h.dilation;
              if (ih < 0 || ih >= h.input) continue;
              for (int64_t kw = 0; kw < w.kernel; ++kw) {
                for (int64_t ow = 0; ow < w.output; ++ow) {
                  const int64_t iw = ow * w.stride - w.padding + kw * w.dilation;
                  if (iw < 0 || iw >= w.input) continue;
                  f(x0 + ih * x.stride[2] + iw * x.stride[3],
                    w0 + kh * weight.stride[2] + kw * weight.stride[3],
                    y0 + oh * y.stride[2] + ow * y.stride[3]);
                }
              }
            }
          }
        }
      }
    }
  }
};

/// An operand where it lies, and the result as it is summed up: row-major in the workspace.
Taps::Image placed(const Operand& o);
Taps::Image summed(const Operand& o);

}  // namespace nnrun::reference
