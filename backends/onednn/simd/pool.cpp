// Pooling of one plane, sixteen results of a row at a time: each tap of the window is one vector of
// a strip of the input, copied with its padding where it hangs over the edge.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"
#include "backends/onednn/simd/window.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

constexpr int64_t kStrip = 1024;  // of input a strip may need

/// The input that sixteen results need, from the first one's column on.
NNRUN_INLINE int64_t strip_length(const PoolShape& s) {
  return (kLanes - 1) * s.stride[1] + (s.kernel[1] - 1) * s.dilation[1] + 1;
}
/// Columns [begin, begin + n) of a row of w; `outside` beyond its ends.
NNRUN_INLINE const float* strip(const float* row, int64_t w, int64_t begin, int64_t n,
                                float outside, float* buffer) {
  if (begin >= 0 && begin + n <= w) return row + begin;
  int64_t left = begin < 0 ? -begin : 0, right = w - begin;
  left = left < n ? left : n;
  right = right < left ? left : right < n ? right : n;
  for (int64_t i = 0; i < left; ++i) buffer[i] = outside;
  for (int64_t i = left; i < right; ++i) buffer[i] = row[begin + i];
  for (int64_t i = right; i < n; ++i) buffer[i] = outside;
  return buffer;
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

bool in_halves(const PoolShape& s) {
  const auto is = [](const int64_t(&v)[2], int64_t n) { return v[0] == n && v[1] == n; };
  return is(s.kernel, 2) && is(s.stride, 2) && is(s.padding, 0) && is(s.dilation, 1);
}

/// Windows of 2x2 side by side: the numbers of a row in turn.
void max_pool_in_halves(const float* x, const PoolShape& s, float* y, int32_t* index) {
  LaneMask evens, odds;
  for (int i = 0; i < kLanes; ++i) evens[i] = 2 * i, odds[i] = 2 * i + 1;
  for (int64_t oh = 0; oh < s.oh; ++oh) {
    for (int64_t start = 0; start < s.ow; start += kLanes) {
      const int64_t n = s.ow - start < kLanes ? s.ow - start : kLanes;
      const int64_t first = n < kLanes / 2 ? 2 * n : kLanes, second = 2 * n - first;
      const int64_t at = 2 * oh * s.w + 2 * start;
      Lanes best;
      LaneMask place;
      for (int64_t r = 0; r < 2; ++r) {
        const float* from = x + at + r * s.w;
        const Lanes low = first == kLanes ? load(from) : load_part(from, first, 0);
        const Lanes high = second == kLanes ? load(from + kLanes)
                           : second > 0     ? load_part(from + kLanes, second, 0)
                                            : Lanes{};
        const auto take = [&](const Lanes& v, const LaneMask& p) {
          const LaneMask better = (v > best) | (v != v);
          best = better ? v : best;
          place = better ? p : place;
        };
        const Lanes even = __builtin_shuffle(low, high, evens);
        const LaneMask column = int32_t(at + r * s.w) + evens;
        if (r == 0) {
          best = even;
          place = column;
        } else {
          take(even, column);
        }
        take(__builtin_shuffle(low, high, odds), column + 1);
      }
      const int64_t to = oh * s.ow + start;
      if (n == kLanes) {
        store(y + to, best);
        store(reinterpret_cast<float*>(index + to), bits_as<Lanes>(place));
      } else {
        store_part(y + to, best, n);
        store_part(reinterpret_cast<float*>(index + to), bits_as<Lanes>(place), n);
      }
    }
  }
}

void max_pool(const float* x, const PoolShape& s, float* y, int32_t* index) {
  if (in_halves(s)) return max_pool_in_halves(x, s, y, index);
  with_stride(s.stride[1], [&](auto stride) {
    const int64_t length = strip_length(s);
    float buffer[kStrip];
    for (int64_t oh = 0; oh < s.oh; ++oh) {
      for (int64_t start = 0; start < s.ow; start += kLanes) {
        const int64_t left = start * stride - s.padding[1];
        float best[kLanes];
        int32_t place[kLanes];
        for (int64_t i = 0; i < kLanes; ++i) best[i] = -INFINITY, place[i] = -1;
        for (int64_t kh = 0; kh < s.kernel[0]; ++kh) {
          const int64_t ih = oh * s.stride[0] - s.padding[0] + kh * s.dilation[0];
          if (ih < 0 || ih >= s.h) continue;
          // What lies beyond the row is not taken, but it has to be there.
          const bool is_there = left >= 0 && ih * s.w + left + length <= s.h * s.w;
          const float* from = is_there ? x + ih * s.w + left
                                       : strip(x + ih * s.w, s.w, left, length, -INFINITY, buffer);
          for (int64_t kw = 0; kw < s.kernel[1]; ++kw) {
            const int64_t offset = kw * s.dilation[1];
            const int32_t column = int32_t(left + offset), row = int32_t(ih * s.w);
            for (int64_t i = 0; i < kLanes; ++i) {
              const float v = from[offset + i * stride], b = best[i];
              const int32_t c = column + int32_t(i) * int32_t(stride), p = place[i];
              const bool inside = uint32_t(c) < uint32_t(s.w);
              const bool take = ((v > b) | (v != v) | (p < 0)) & inside;
              best[i] = take ? v : b;
              place[i] = take ? row + c : p;
            }
          }
        }
        const int64_t n = s.ow - start < kLanes ? s.ow - start : kLanes;
        for (int64_t i = 0; i < n; ++i) {
          y[oh * s.ow + start + i] = best[i];
          index[oh * s.ow + start + i] = place[i];
        }
      }
    }
  });
}

/// 1 / divisor of sixteen results of a row, whose windows have `rows` rows.
NNRUN_INLINE void scales(const PoolShape& s, int64_t start, int64_t rows, float* scale) {
  const int64_t left = start * s.stride[1] - s.padding[1];
  const bool inside = left >= 0 && left + (kLanes - 1) * s.stride[1] + s.kernel[1] <= s.w;
  if (inside && rows > 0) {
    const float v = 1.f / float(rows * s.kernel[1]);
    for (int64_t i = 0; i < kLanes; ++i) scale[i] = v;
    return;
  }
  for (int64_t i = 0; i < kLanes; ++i) {
    const Window w = window(s, 1, start + i, s.w);
    scale[i] = w.end <= w.begin || rows <= 0 ? 0.f : 1.f / float(rows * w.count);
  }
}

void average_pool(const float* x, const PoolShape& s, float* y) {
  with_stride(s.stride[1], [&](auto stride) {
    const int64_t length = strip_length(s);
    float buffer[kStrip];
    for (int64_t start = 0; start < s.ow; start += kLanes) {
      const int64_t left = start * stride - s.padding[1];
      const int64_t n = s.ow - start < kLanes ? s.ow - start : kLanes;
      float scale[kLanes];
      int64_t scaled_for = -1;  // how many rows
      for (int64_t oh = 0; oh < s.oh; ++oh) {
        const Window rows = window(s, 0, oh, s.h);
        const int64_t count = rows.end <= rows.begin ? 0 : rows.count;
        if (count != scaled_for) scales(s, start, count, scale);
        scaled_for = count;
        float sum[kLanes] = {};
        for (int64_t ih = rows.begin; ih < rows.end; ++ih) {
          const float* from = strip(x + ih * s.w, s.w, left, length, 0, buffer);
          for (int64_t kw = 0; kw < s.kernel[1]; ++kw) {
            for (int64_t i = 0; i < kLanes; ++i) sum[i] += from[kw + i * stride];
          }
        }
        for (int64_t i = 0; i < n; ++i) y[oh * s.ow + start + i] = sum[i] * scale[i];
      }
    }
  });
}

void average_pool_grad(const float* gy, const PoolShape& s, float* gx) {
  for (int64_t i = 0; i < s.h * s.w; ++i) gx[i] = 0;
  for (int64_t start = 0; start < s.ow; start += kLanes) {
    const int64_t n = s.ow - start < kLanes ? s.ow - start : kLanes;
    float scale[kLanes];
    int64_t scaled_for = -1;  // how many rows
    for (int64_t oh = 0; oh < s.oh; ++oh) {
      const Window rows = window(s, 0, oh, s.h);
      const int64_t count = rows.end <= rows.begin ? 0 : rows.count;
      if (count != scaled_for) scales(s, start, count, scale);
      scaled_for = count;
      for (int64_t i = 0; i < n; ++i) {
        const Window cols = window(s, 1, start + i, s.w);
        const float part = scale[i] * gy[oh * s.ow + start + i];
        for (int64_t ih = rows.begin; ih < rows.end; ++ih) {
          for (int64_t iw = cols.begin; iw < cols.end; ++iw) gx[ih * s.w + iw] += part;
        }
      }
    }
  }
}

}  // namespace

PoolLoops pool_loops() { return {max_pool, average_pool, average_pool_grad}; }

}  // namespace nnrun::onednn::NNRUN_ISA
