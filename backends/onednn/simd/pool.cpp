// Pooling of one plane, a row of results at a time: each tap of the window is one loop along the
// row.
#include "backends/onednn/simd/elements.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

constexpr int64_t kRow = 256;  // results of a row at a time

/// The results in [begin, end) whose tap at `offset` lies inside [0, size): begin <= o < end with
/// 0 <= o * stride + offset < size.
struct Range {
  int64_t begin, end;
};
NNRUN_INLINE Range inside(Range r, int64_t offset, int64_t stride, int64_t size) {
  const int64_t first = offset >= 0 ? 0 : (-offset + stride - 1) / stride;
  const int64_t beyond = size - offset <= 0 ? 0 : (size - offset + stride - 1) / stride;
  return {r.begin > first ? r.begin : first, r.end < beyond ? r.end : beyond};
}

/// f(stride) with the common strides as constants.
template <class F> NNRUN_INLINE void with_stride(int64_t stride, F f) {
  if (stride == 1) {
    f(std::integral_constant<int64_t, 1>{});
  } else if (stride == 2) {
    f(std::integral_constant<int64_t, 2>{});
  } else {
    f(stride);
  }
}

void max_pool(const float* x, const PoolShape& s, float* y, int32_t* index) {
  with_stride(s.stride[1], [&](auto stride) {
    float best[kRow];
    int32_t place[kRow];
    for (int64_t oh = 0; oh < s.oh; ++oh) {
      for (int64_t start = 0; start < s.ow; start += kRow) {
        const Range all{start, start + kRow < s.ow ? start + kRow : s.ow};
        const int64_t n = all.end - all.begin;
        for (int64_t i = 0; i < n; ++i) best[i] = -INFINITY, place[i] = -1;
        for (int64_t kh = 0; kh < s.kernel[0]; ++kh) {
          const int64_t ih = oh * s.stride[0] - s.padding[0] + kh * s.dilation[0];
          if (ih < 0 || ih >= s.h) continue;
          for (int64_t kw = 0; kw < s.kernel[1]; ++kw) {
            const int64_t offset = kw * s.dilation[1] - s.padding[1];
            const Range r = inside(all, offset, stride, s.w);
            const float* row = x + ih * s.w + offset;
            const int32_t first = int32_t(ih * s.w + offset);
            for (int64_t o = r.begin; o < r.end; ++o) {
              const float v = row[o * stride], b = best[o - start];
              const int32_t p = place[o - start];
              const bool take = (v > b) | (v != v) | (p < 0);
              best[o - start] = take ? v : b;
              place[o - start] = take ? first + int32_t(o * stride) : p;
            }
          }
        }
        for (int64_t i = 0; i < n; ++i) {
          y[oh * s.ow + start + i] = best[i];
          index[oh * s.ow + start + i] = place[i];
        }
      }
    }
  });
}

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
/// 1 / divisor of each result of a row.
NNRUN_INLINE void scales(const PoolShape& s, Range r, int64_t rows, float* scale) {
  for (int64_t o = r.begin; o < r.end; ++o) {
    const Window w = window(s, 1, o, s.w);
    const bool empty = w.end <= w.begin || rows <= 0;
    scale[o - r.begin] = empty ? 0.f : 1.f / float(rows * w.count);
  }
}

void average_pool(const float* x, const PoolShape& s, float* y) {
  with_stride(s.stride[1], [&](auto stride) {
    float sum[kRow], scale[kRow];
    for (int64_t oh = 0; oh < s.oh; ++oh) {
      const Window rows = window(s, 0, oh, s.h);
      for (int64_t start = 0; start < s.ow; start += kRow) {
        const Range all{start, start + kRow < s.ow ? start + kRow : s.ow};
        const int64_t n = all.end - all.begin;
        scales(s, all, rows.end <= rows.begin ? 0 : rows.count, scale);
        for (int64_t i = 0; i < n; ++i) sum[i] = 0;
        for (int64_t ih = rows.begin; ih < rows.end; ++ih) {
          for (int64_t kw = 0; kw < s.kernel[1]; ++kw) {
            const int64_t offset = kw - s.padding[1];
            const Range r = inside(all, offset, stride, s.w);
            const float* row = x + ih * s.w + offset;
            for (int64_t o = r.begin; o < r.end; ++o) sum[o - start] += row[o * stride];
          }
        }
        for (int64_t i = 0; i < n; ++i) y[oh * s.ow + start + i] = sum[i] * scale[i];
      }
    }
  });
}

void average_pool_grad(const float* gy, const PoolShape& s, float* gx) {
  with_stride(s.stride[1], [&](auto stride) {
    float part[kRow];
    for (int64_t i = 0; i < s.h * s.w; ++i) gx[i] = 0;
    for (int64_t oh = 0; oh < s.oh; ++oh) {
      const Window rows = window(s, 0, oh, s.h);
      for (int64_t start = 0; start < s.ow; start += kRow) {
        const Range all{start, start + kRow < s.ow ? start + kRow : s.ow};
        scales(s, all, rows.end <= rows.begin ? 0 : rows.count, part);
        for (int64_t o = all.begin; o < all.end; ++o) part[o - start] *= gy[oh * s.ow + o];
        for (int64_t ih = rows.begin; ih < rows.end; ++ih) {
          for (int64_t kw = 0; kw < s.kernel[1]; ++kw) {
            const int64_t offset = kw - s.padding[1];
            const Range r = inside(all, offset, stride, s.w);
            float* row = gx + ih * s.w + offset;
#pragma GCC ivdep
            for (int64_t o = r.begin; o < r.end; ++o) row[o * stride] += part[o - start];
          }
        }
      }
    }
  });
}

}  // namespace

PoolLoops pool_loops() { return {max_pool, average_pool, average_pool_grad}; }

}  // namespace nnrun::onednn::NNRUN_ISA
