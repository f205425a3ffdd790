// Shared by the pooling kernels: float32 planes side by side.
#pragma once

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// The window of `d` over planes h x w with results oh x ow. Ops without a kernel_size have none.
inline PoolShape pool_shape(const Desc& d, const Operand& plane, const Operand& pooled) {
  const Attrs a = d.attrs();
  PoolShape s = {};
  s.h = plane.size(2);
  s.w = plane.size(3);
  s.oh = pooled.size(2);
  s.ow = pooled.size(3);
  for (size_t i = 0; i < 2; ++i) {
    s.kernel[i] = a.integers("kernel_size")[i];
    s.stride[i] = a.integers("stride")[i];
    s.padding[i] = a.integers("padding")[i];
    s.dilation[i] = a.has("dilation") ? a.integers("dilation")[i] : 1;
  }
  s.count_include_pad = a.has("count_include_pad") && a.flag("count_include_pad");
  return s;
}

/// A row of sixteen windows has to fit the buffer of the loops.
inline bool fits_loops(const PoolShape& s) {
  return 15 * s.stride[1] + (s.kernel[1] - 1) * s.dilation[1] + 1 <= 1024;
}

/// f(plane) for all planes (N times C), with enough of them at a time to be worth a thread.
template <class F> void for_planes(int64_t planes, int64_t elements, int threads, F&& f) {
  const int64_t grain = std::max<int64_t>(1, kGrain / 4 / std::max<int64_t>(1, elements));
  parallel_for(planes, grain, threads, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i);
  });
}

}  // namespace nnrun::onednn
