// Winograd's minimal filtering F(4x4, 3x3): of tiles of 4x4 results and the 6x6 places they come
// from, transformed so that one multiplication of 36 pairs takes the place of 144.
//
//   results  A^T [(G g G^T) * (B^T d B)] A
//   weights' gradient  G^T [(A e A^T) * (B^T d B)] G, of tiles e of the results' gradient
//
// Winograd, Arithmetic Complexity of Computations, 1980; Lavin and Gray, Fast Algorithms for
// Convolutional Neural Networks, 2016. The points are 0, +-a, +-b and infinity. With a = 2/3 and
// b = 3/2 errors are half of those with the usual 1 and 2: 8e-7 of the results' size in float32,
// where direct sums have 2e-7 (64 channels). a * b = 1 leaves out some products.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

constexpr double kA = 2.0 / 3, kB = 1.5;
constexpr float a1 = float(kA), a2 = float(kA * kA), a3 = float(kA * kA * kA);
constexpr float b1 = float(kB), b2 = float(kB * kB), b3 = float(kB * kB * kB);
constexpr float both = float(kA * kA + kB * kB);
constexpr float na = float(1 / (2 * kA * kA * (kA * kA - kB * kB)));
constexpr float nb = float(1 / (2 * kB * kB * (kB * kB - kA * kA)));
static_assert(kA * kB == 1);

/// B^T x
NNRUN_INLINE void source(const Lanes (&x)[6], Lanes (&y)[6]) {
  const Lanes p = x[4] - b2 * x[2], q = a1 * (x[3] - b2 * x[1]);
  const Lanes r = x[4] - a2 * x[2], s = b1 * (x[3] - a2 * x[1]);
  y[0] = x[0] - both * x[2] + x[4];
  y[1] = p + q;
  y[2] = p - q;
  y[3] = r + s;
  y[4] = r - s;
  y[5] = x[1] - both * x[3] + x[5];
}
/// A^T x
NNRUN_INLINE void result(const Lanes (&x)[6], Lanes (&y)[4]) {
  const Lanes p = x[1] + x[2], q = x[1] - x[2], r = x[3] + x[4], s = x[3] - x[4];
  y[0] = x[0] + p + r;
  y[1] = a1 * q + b1 * s;
  y[2] = a2 * p + b2 * r;
  y[3] = a3 * q + b3 * s + x[5];
}
/// A x
NNRUN_INLINE void gradient(const Lanes (&x)[4], Lanes (&y)[6]) {
  const Lanes p = x[0] + a2 * x[2], q = a1 * x[1] + a3 * x[3];
  const Lanes r = x[0] + b2 * x[2], s = b1 * x[1] + b3 * x[3];
  y[0] = x[0];
  y[1] = p + q;
  y[2] = p - q;
  y[3] = r + s;
  y[4] = r - s;
  y[5] = x[3];
}
/// G x
NNRUN_INLINE void weights(const Lanes (&x)[3], Lanes (&y)[6]) {
  const Lanes p = na * (x[0] + a2 * x[2]), q = na * a1 * x[1];
  const Lanes r = nb * (x[0] + b2 * x[2]), s = nb * b1 * x[1];
  y[0] = x[0];
  y[1] = p + q;
  y[2] = p - q;
  y[3] = r + s;
  y[4] = r - s;
  y[5] = x[2];
}
/// G^T x
NNRUN_INLINE void weights_gradient(const Lanes (&x)[6], Lanes (&y)[3]) {
  const Lanes p = na * (x[1] + x[2]), q = na * a1 * (x[1] - x[2]);
  const Lanes r = nb * (x[3] + x[4]), s = nb * b1 * (x[3] - x[4]);
  y[0] = x[0] + p + r;
  y[1] = q + s;
  y[2] = a2 * p + b2 * r + x[5];
}

/// to(i, j, T at(., .) T^T) with T from kIn to kOut numbers.
template <int kIn, int kOut, class T, class At, class To>
NNRUN_INLINE void both_ways(T transform, At at, To to) {
  Lanes half[kOut][kIn];
  for (int j = 0; j < kIn; ++j) {
    Lanes x[kIn], y[kOut];
    for (int i = 0; i < kIn; ++i) x[i] = at(i, j);
    transform(x, y);
    for (int i = 0; i < kOut; ++i) half[i][j] = y[i];
  }
  for (int i = 0; i < kOut; ++i) {
    Lanes y[kOut];
    transform(half[i], y);
    for (int j = 0; j < kOut; ++j) to(i, j, y[j]);
  }
}

/// A tile of kSize x kSize places, those outside of it 0.
template <int kSize, class T, class To>
NNRUN_INLINE void from_places(T transform, const WinogradTile& t, const float* x, To to) {
  if (t.top == 0 && t.left == 0 && t.bottom == kSize && t.right == kSize) {
    both_ways<kSize, 6>(
        transform, [&](int i, int j) { return load(x + i * t.row + j * t.pitch); }, to);
  } else {
    both_ways<kSize, 6>(
        transform,
        [&](int i, int j) {
          const bool in = i >= t.top && i < t.bottom && j >= t.left && j < t.right;
          return in ? load(x + i * t.row + j * t.pitch) : Lanes{};
        },
        to);
  }
}

void transform_source(const WinogradTile& t, const float* x, float* v, int64_t step) {
  for (int64_t l = 0; l < t.pitch; l += kLanes) {
    from_places<6>([](auto& in, auto& out) { source(in, out); }, t, x + l,
                   [&](int i, int j, const Lanes& y) { store(v + l + (6 * i + j) * step, y); });
  }
}
void transform_gradient(const WinogradTile& t, const float* gy, float* v, int64_t step) {
  for (int64_t l = 0; l < t.pitch; l += kLanes) {
    from_places<4>([](auto& in, auto& out) { gradient(in, out); }, t, gy + l,
                   [&](int i, int j, const Lanes& y) { store(v + l + (6 * i + j) * step, y); });
  }
}

template <bool kAdd, bool kRelu> NNRUN_INLINE void finish(const WinogradTile& t, const float* m,
                                                          int64_t step, const Lanes& bias,
                                                          const float* add, float* y) {
  both_ways<6, 4>([](auto& in, auto& out) { result(in, out); },
                  [&](int i, int j) { return load(m + (6 * i + j) * step); },
                  [&](int i, int j, Lanes v) {
                    if (i >= t.bottom || j >= t.right) return;
                    v += bias;
                    if (kAdd) v += load(add + i * t.row + j * t.pitch);
                    if (kRelu) v = v < 0 ? Lanes{} : v;  // NaN stays
                    store(y + i * t.row + j * t.pitch, v);
                  });
}
void transform_result(const WinogradTile& t, const float* m, int64_t step, const float* bias,
                      const float* add, bool relu, float* y) {
  for (int64_t l = 0; l < t.pitch; l += kLanes) {
    const Lanes start = bias == nullptr ? Lanes{} : load(bias + l);
    if (add != nullptr) {
      if (relu) {
        finish<true, true>(t, m + l, step, start, add + l, y + l);
      } else {
        finish<true, false>(t, m + l, step, start, add + l, y + l);
      }
    } else if (relu) {
      finish<false, true>(t, m + l, step, start, nullptr, y + l);
    } else {
      finish<false, false>(t, m + l, step, start, nullptr, y + l);
    }
  }
}

/// The nine numbers of kLanes channels, `step` apart, as vectors of a tap each; 0 for channels from
/// `used` on.
NNRUN_INLINE void load_taps(const float* w, int64_t step, int64_t used, Lanes (&tap)[9]) {
  if constexpr (kLanes > 8) {
    Lanes v[kLanes];
    for (int l = 0; l < kLanes; ++l) v[l] = l < used ? load_part(w + l * step, 9, 0) : Lanes{};
    transpose_lanes(v);
    for (int t = 0; t < 9; ++t) tap[t] = v[t];
  } else {
    for (int b = 0; b < 8; b += int(kLanes)) {
      Lanes v[kLanes];
      for (int l = 0; l < kLanes; ++l) v[l] = l < used ? load(w + l * step + b) : Lanes{};
      transpose_lanes(v);
      for (int l = 0; l < kLanes; ++l) tap[b + l] = v[l];
    }
    for (int l = 0; l < kLanes; ++l) tap[8][l] = l < used ? w[l * step + 8] : 0;
  }
}
NNRUN_INLINE void store_taps(float* w, int64_t step, int64_t used, const Lanes (&tap)[9]) {
  if constexpr (kLanes > 8) {
    Lanes v[kLanes] = {};
    for (int t = 0; t < 9; ++t) v[t] = tap[t];
    transpose_lanes(v);
    for (int l = 0; l < kLanes && l < used; ++l) store_part(w + l * step, v[l], 9);
  } else {
    for (int b = 0; b < 8; b += int(kLanes)) {
      Lanes v[kLanes];
      for (int l = 0; l < kLanes; ++l) v[l] = tap[b + l];
      transpose_lanes(v);
      for (int l = 0; l < kLanes && l < used; ++l) store(w + l * step + b, v[l]);
    }
    for (int l = 0; l < kLanes && l < used; ++l) w[l * step + 8] = tap[8][l];
  }
}

/// Both halves of a panel in turn, so that its cache lines are written at once.
void transform_weights(const WinogradWeights& w, const float* from, int64_t out, int64_t in,
                       float* u, int64_t step) {
  for (int64_t i = 0; i < in; ++i, from += w.in_step, u += 2 * kLanes) {
    for (int64_t o = 0; o < 2 * kLanes; o += kLanes) {
      Lanes tap[9];
      load_taps(from + o * w.out_step, w.out_step, out - o, tap);
      both_ways<3, 6>([](auto& x, auto& y) { weights(x, y); },
                      [&](int r, int c) { return tap[w.turned ? 8 - (3 * r + c) : 3 * r + c]; },
                      [&](int r, int c, const Lanes& y) { store(u + o + (6 * r + c) * step, y); });
    }
  }
}
void gradient_of_weights(const float* u, int64_t step, int64_t row, int64_t out, int64_t in,
                         float* gw) {
  for (int64_t i = 0; i < in; ++i, u += row, gw += 9) {
    for (int64_t o = 0; o < 2 * kLanes && o < out; o += kLanes) {
      Lanes half[3][6], tap[9];
      for (int c = 0; c < 6; ++c) {
        Lanes x[6], y[3];
        for (int r = 0; r < 6; ++r) x[r] = load(u + o + (6 * r + c) * step);
        weights_gradient(x, y);
        for (int r = 0; r < 3; ++r) half[r][c] = y[r];
      }
      for (int r = 0; r < 3; ++r) {
        Lanes y[3];
        weights_gradient(half[r], y);
        for (int c = 0; c < 3; ++c) tap[3 * r + c] = y[c];
      }
      store_taps(gw + o * in * 9, in * 9, out - o, tap);
    }
  }
}

#ifdef __AVX512F__
constexpr int kRows = 8;
#else
constexpr int kRows = 4;
#endif

template <int kN> void sums(const float* a, const float* const* b, int64_t pitch, int64_t tiles,
                            bool first, float* to, int64_t row) {
  Lanes sum[kRows][kN];
  const float* from[kN];
  for (int j = 0; j < kN; ++j) from[j] = b[j];
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kN; ++j) sum[i][j] = first ? Lanes{} : load(to + i * row + j * kLanes);
  }
  for (int64_t t = 0; t < tiles; ++t) {
    Lanes v[kN];
    for (int j = 0; j < kN; ++j) v[j] = load(from[j] + t * pitch);
    for (int i = 0; i < kRows; ++i) {
      const float f = a[t * pitch + i];
      for (int j = 0; j < kN; ++j) sum[i][j] += f * v[j];
    }
  }
  for (int i = 0; i < kRows; ++i) {
    for (int j = 0; j < kN; ++j) store(to + i * row + j * kLanes, sum[i][j]);
  }
}

void sum_products(const float* v, int64_t in, const float* e, int64_t out, int64_t pitch,
                  int64_t tiles, bool first, float* u) {
  for (int64_t i = 0; i < in; i += kRows) {
    const float* a = v + i / pitch * tiles * pitch + i % pitch;
    for (int64_t o = 0; o < out;) {
      const float* b[3];
      for (int j = 0; j < 3; ++j) {
        const int64_t at = o + j * kLanes;
        b[j] = e + at / pitch * tiles * pitch + at % pitch;
      }
      float* to = u + i * out + o;
      const int64_t rest = (out - o) / kLanes;  // not 1 after 3 where it can be 2 and 2
      if (rest == 3 || rest >= 5) {
        sums<3>(a, b, pitch, tiles, first, to, out), o += 3 * kLanes;
      } else if (rest >= 2) {
        sums<2>(a, b, pitch, tiles, first, to, out), o += 2 * kLanes;
      } else {
        sums<1>(a, b, pitch, tiles, first, to, out), o += kLanes;
      }
    }
  }
}

}  // namespace

WinogradLoops winograd_loops() {
  return {int(kLanes),       transform_source,    transform_gradient, transform_result,
          transform_weights, gradient_of_weights, sum_products};
}

}  // namespace nnrun::onednn::NNRUN_ISA
