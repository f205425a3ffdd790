// batch_norm and pooling where channels or samples lie in blocks: a place is one vector.
#include "backends/onednn/simd/elements.h"
#include "backends/onednn/simd/tables.h"
#include "backends/onednn/simd/window.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

template <int kBlock> struct Blocks {
  typedef float Place __attribute__((vector_size(4 * kBlock)));
  typedef int32_t Mask __attribute__((vector_size(4 * kBlock)));

  static NNRUN_INLINE Place load(const float* p) {
    Place v;
    __builtin_memcpy(&v, p, sizeof v);
    return v;
  }
  template <class V> static NNRUN_INLINE void store(void* p, const V& v) {
    __builtin_memcpy(p, &v, sizeof v);
  }

  /// sum += f(0) + ... + f(n - 1), four at a time and every 128 in double.
  template <class F> static NNRUN_INLINE void add_up(int64_t n, double* sum, F f) {
    for (int64_t i = 0; i < n; i += 128) {
      const int64_t end = n - i < 128 ? n : i + 128;
      Place s0{}, s1{}, s2{}, s3{};
      int64_t k = i;
      for (; k + 4 <= end; k += 4) {
        s0 += f(k);
        s1 += f(k + 1);
        s2 += f(k + 2);
        s3 += f(k + 3);
      }
      for (; k < end; ++k) s0 += f(k);
      float s[kBlock];
      store(s, (s0 + s1) + (s2 + s3));
      for (int l = 0; l < kBlock; ++l) sum[l] += double(s[l]);
    }
  }

  static void sums(const float* x, int64_t n, double* sum) {
    add_up(n, sum, [&](int64_t i) { return load(x + i * kBlock); });
  }
  static void squares(const float* x, int64_t n, const float* mean, double* sum) {
    const Place m = load(mean);
    add_up(n, sum, [&](int64_t i) {
      const Place d = load(x + i * kBlock) - m;
      return d * d;
    });
  }
  static void affine(const float* x, const float* mean, const float* scale, const float* shift,
                     float* y, int64_t n) {
    const Place m = load(mean), a = load(scale), b = load(shift);
    for (int64_t i = 0; i < n; ++i) store(y + i * kBlock, (load(x + i * kBlock) - m) * a + b);
  }
  static void dots(const float* gy, const float* x, const float* mean, int64_t n, double* sum) {
    const Place m = load(mean);
    add_up(n, sum, [&](int64_t i) { return load(gy + i * kBlock) * (load(x + i * kBlock) - m); });
  }
  static void grad(const float* gy, const float* x, const float* mean, const float* a,
                   const float* b, const float* c, float* gx, int64_t n) {
    const Place m = load(mean), va = load(a), vb = load(b), vc = load(c);
    for (int64_t i = 0; i < n * kBlock; i += kBlock) {
      store(gx + i, load(gy + i) * va + ((load(x + i) - m) * vb + vc));
    }
  }

  static void max(const float* x, const PoolShape& s, int used, float* y, int32_t* index) {
    int32_t lanes[kBlock];
    for (int l = 0; l < kBlock; ++l) lanes[l] = l < used ? -1 : 0;
    Mask in_use;
    __builtin_memcpy(&in_use, lanes, sizeof in_use);
    for (int64_t oh = 0; oh < s.oh; ++oh) {
      for (int64_t ow = 0; ow < s.ow; ++ow) {
        Place best = Place{} - INFINITY;
        Mask place = Mask{} - 1;
        for (int64_t kh = 0; kh < s.kernel[0]; ++kh) {
          const int64_t ih = oh * s.stride[0] - s.padding[0] + kh * s.dilation[0];
          if (ih < 0 || ih >= s.h) continue;
          for (int64_t kw = 0; kw < s.kernel[1]; ++kw) {
            const int64_t iw = ow * s.stride[1] - s.padding[1] + kw * s.dilation[1];
            if (iw < 0 || iw >= s.w) continue;
            const int64_t at = ih * s.w + iw;
            const Place v = load(x + at * kBlock);
            const Mask take = (v > best) | (v != v) | (place < 0);
            best = take ? v : best;
            place = take ? Mask{} + int32_t(at) : place;
          }
        }
        const int64_t to = (oh * s.ow + ow) * kBlock;
        store(y + to, in_use ? best : Place{});
        store(index + to, place & in_use);
      }
    }
  }

  static void max_grad(const float* gy, const int32_t* index, const PoolShape& s, float* gx) {
    const int64_t plane = s.h * s.w;
    for (int64_t i = 0; i < plane * kBlock; ++i) gx[i] = 0;
    for (int64_t i = 0; i < s.oh * s.ow * kBlock; i += kBlock) {
      for (int64_t l = 0; l < kBlock; ++l) {
        const int64_t at = index[i + l];
        if (at >= 0 && at < plane) gx[at * kBlock + l] += gy[i + l];
      }
    }
  }

  /// f(the place of each result, its windows).
  template <class F> static NNRUN_INLINE void windows(const PoolShape& s, F f) {
    for (int64_t oh = 0; oh < s.oh; ++oh) {
      for (int64_t ow = 0; ow < s.ow; ++ow) {
        f((oh * s.ow + ow) * kBlock, window(s, 0, oh, s.h), window(s, 1, ow, s.w));
      }
    }
  }
  static NNRUN_INLINE float scale(const Window& rows, const Window& cols) {
    const bool none = rows.end <= rows.begin || cols.end <= cols.begin;
    return none ? 0.f : 1.f / float(rows.count * cols.count);
  }
  static void average(const float* x, const PoolShape& s, float* y) {
    windows(s, [&](int64_t to, const Window& rows, const Window& cols) {
      Place sum{};
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        for (int64_t c = cols.begin; c < cols.end; ++c) sum += load(x + (r * s.w + c) * kBlock);
      }
      store(y + to, sum * scale(rows, cols));
    });
  }
  static void average_grad(const float* gy, const PoolShape& s, float* gx) {
    for (int64_t i = 0; i < s.h * s.w * kBlock; ++i) gx[i] = 0;
    windows(s, [&](int64_t from, const Window& rows, const Window& cols) {
      const Place part = load(gy + from) * scale(rows, cols);
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        for (int64_t c = cols.begin; c < cols.end; ++c) {
          float* to = gx + (r * s.w + c) * kBlock;
          store(to, load(to) + part);
        }
      }
    });
  }

  static constexpr BlockLoops kLoops = {sums, squares,  affine,  dots,        grad,
                                        max,  max_grad, average, average_grad};
};

}  // namespace

const BlockLoops* block_loops(int lanes) {
  return lanes == 8 ? &Blocks<8>::kLoops : lanes == 16 ? &Blocks<16>::kLoops : nullptr;
}

}  // namespace nnrun::onednn::NNRUN_ISA
