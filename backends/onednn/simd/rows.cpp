// softmax, layer_norm and their gradients over one row; batch_norm over one channel.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/math.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

NNRUN_INLINE Lanes exp_lanes(const Lanes& x) { return exp_any<Lanes, LaneMask>(x); }

/// y[i] = f(i-th sixteen) over a row.
template <class F, class G> NNRUN_INLINE void map_row(float* y, int64_t n, F whole, G part) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(y + i, whole(i));
  if (i < n) store_part(y + i, part(i, n - i), n - i);
}
/// The two arguments of sum_row and map_row from one loader: f(load) where load(p, rest) reads the
/// sixteen at p + i, or what is left of them and `rest`.
template <class F> NNRUN_INLINE float sum_each(int64_t n, F f) {
  return sum_row(
      n, [&](int64_t i) { return f([i](const float* p) { return load(p + i); }); },
      [&](int64_t i, int64_t m) {
        return f([i, m](const float* p) { return load_part(p + i, m, 0); });
      });
}
template <class F> NNRUN_INLINE void map_each(float* y, int64_t n, F f) {
  map_row(
      y, n, [&](int64_t i) { return f([i](const float* p) { return load(p + i); }); },
      [&](int64_t i, int64_t m) {
        return f([i, m](const float* p) { return load_part(p + i, m, 0); });
      });
}

float largest(const float* x, int64_t n) {
  Lanes m = all(-INFINITY);
  for (int64_t i = 0; i < n; i += kLanes) {
    m = extreme<true>(m, n - i >= kLanes ? load(x + i) : load_part(x + i, n - i, -INFINITY));
  }
  return extreme_of<true>(m);
}

void softmax(const float* x, float* y, int64_t n) {
  const Lanes m = all(largest(x, n));
  Lanes s{};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const Lanes e = exp_lanes(load(x + i) - m);
    store(y + i, e);
    s += e;
  }
  if (i < n) {
    const Lanes e = exp_lanes(load_part(x + i, n - i, -INFINITY) - m);
    store_part(y + i, e, n - i);
    s += e;
  }
  const Lanes scale = all(1.f / sum_of(s));
  map_each(y, n, [&](auto at) { return at(y) * scale; });
}

void log_softmax(const float* x, float* y, int64_t n) {
  const float top = largest(x, n);
  const Lanes m = all(top);
  const float s = sum_row(
      n, [&](int64_t i) { return exp_lanes(load(x + i) - m); },
      [&](int64_t i, int64_t k) { return exp_lanes(load_part(x + i, k, -INFINITY) - m); });
  const Lanes log_sum = all(log_of(s));
  map_each(y, n, [&](auto at) { return (at(x) - m) - log_sum; });
}

void softmax_grad(const float* gy, const float* y, float* gx, int64_t n) {
  const Lanes dot = all(sum_each(n, [&](auto at) { return at(gy) * at(y); }));
  map_each(gx, n, [&](auto at) { return at(y) * (at(gy) - dot); });
}

void log_softmax_grad(const float* gy, const float* y, float* gx, int64_t n) {
  const Lanes s = all(sum_each(n, [&](auto at) { return at(gy); }));
  map_each(gx, n, [&](auto at) { return at(gy) - exp_lanes(at(y)) * s; });
}

void moments(const float* x, int64_t n, double eps, float* mean, float* rstd) {
  const float m = sum_each(n, [&](auto at) { return at(x); }) / float(n);
  const Lanes center = all(m);
  const float squares = sum_row(
      n,
      [&](int64_t i) {
        const Lanes d = load(x + i) - center;
        return d * d;
      },
      [&](int64_t i, int64_t k) {
        const Lanes d = load_part(x + i, k, m) - center;
        return d * d;
      });
  *mean = m;
  *rstd = float(1 / std::sqrt(double(squares) / double(n) + eps));
}

void normalize(const float* x, float mean, float rstd, const float* weight, const float* bias,
               float* y, int64_t n) {
  const Lanes m = all(mean), r = all(rstd);
  if (weight != nullptr && bias != nullptr) {
    map_each(y, n, [&](auto at) { return (at(x) - m) * r * at(weight) + at(bias); });
  } else if (weight != nullptr) {
    map_each(y, n, [&](auto at) { return (at(x) - m) * r * at(weight); });
  } else if (bias != nullptr) {
    map_each(y, n, [&](auto at) { return (at(x) - m) * r + at(bias); });
  } else {
    map_each(y, n, [&](auto at) { return (at(x) - m) * r; });
  }
}

void normalize_grad(const float* gy, const float* x, float mean, float rstd, const float* weight,
                    float* gx, float* gweight, float* gbias, int64_t n) {
  const Lanes m = all(mean), r = all(rstd);
  const auto scaled = [&](auto at) { return weight != nullptr ? at(gy) * at(weight) : at(gy); };
  const float inverse = 1.f / float(n);
  const Lanes a = all(sum_each(n, scaled) * inverse);
  const Lanes b =
      all(sum_each(n, [&](auto at) { return scaled(at) * ((at(x) - m) * r); }) * inverse);
  map_each(gweight, n, [&](auto at) { return at(gweight) + at(gy) * ((at(x) - m) * r); });
  map_each(gbias, n, [&](auto at) { return at(gbias) + at(gy); });
  map_each(gx, n, [&](auto at) { return r * (scaled(at) - a - (at(x) - m) * r * b); });
}

// batch_norm. A channel of a sample may be long, so blocks add up in double.
constexpr int64_t kBlock = 1024;

template <class F> NNRUN_INLINE double blocks(int64_t n, F f) {
  double s = 0;
  for (int64_t i = 0; i < n; i += kBlock) s += f(i, n - i < kBlock ? n - i : kBlock);
  return s;
}

void channel_sums(const float* x, int64_t n, double* sum) {
  *sum += blocks(n, [&](int64_t i, int64_t m) {
    const float* p = x + i;
    return sum_each(m, [&](auto at) { return at(p); });
  });
}

void channel_squares(const float* x, int64_t n, float mean, double* sum) {
  const Lanes center = all(mean);
  *sum += blocks(n, [&](int64_t i, int64_t m) {
    const float* p = x + i;
    return sum_row(
        m,
        [&](int64_t k) {
          const Lanes d = load(p + k) - center;
          return d * d;
        },
        [&](int64_t k, int64_t rest) {
          const Lanes d = load_part(p + k, rest, mean) - center;
          return d * d;
        });
  });
}

void channel_affine(const float* x, float mean, float scale, float shift, float* y, int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * scale + shift;
}

void channel_grad_sums(const float* gy, const float* x, float mean, int64_t n, double* sum,
                       double* dot) {
  const Lanes center = all(mean);
  *sum += blocks(n, [&](int64_t i, int64_t m) {
    const float* p = gy + i;
    return sum_each(m, [&](auto at) { return at(p); });
  });
  *dot += blocks(n, [&](int64_t i, int64_t m) {
    const float *p = gy + i, *q = x + i;
    return sum_each(m, [&](auto at) { return at(p) * (at(q) - center); });
  });
}

void channel_grad(const float* gy, const float* x, float mean, float a, float b, float c, float* gx,
                  int64_t n) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) gx[i] = gy[i] * a + ((x[i] - mean) * b + c);
}

}  // namespace

RowLoops row_loops() {
  return {softmax, log_softmax, softmax_grad, log_softmax_grad, moments, normalize, normalize_grad};
}
ChannelLoops channel_loops() {
  return {channel_sums, channel_squares, channel_affine, channel_grad_sums, channel_grad};
}

}  // namespace nnrun::onednn::NNRUN_ISA
