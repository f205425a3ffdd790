// Windows of average pooling.
#pragma once

#include "backends/onednn/simd/elements.h"

namespace nnrun::onednn::NNRUN_ISA {

/// Where a window begins and ends on one axis: in the padded plane for the count, in the plane for
/// the taps.
struct Window {
  int64_t begin, end, count;
};
NNRUN_INLINE Window window(const PoolShape& s, int axis, int64_t o, int64_t size) {
  const int64_t b = o * s.stride[axis] - s.padding[axis], limit = size + s.padding[axis];
  const int64_t e = b + s.kernel[axis] < limit ? b + s.kernel[axis] : limit;
  const int64_t b0 = b > 0 ? b : 0, e0 = e < size ? e : size;
  return {b0, e0, s.count_include_pad ? e - b : e0 - b0};
}

}  // namespace nnrun::onednn::NNRUN_ISA
