// Convolutions of samples side by side: a vector is one place of as many samples, so that all
// multiply-adds are of whole vectors, however few the channels.
//
// Sums live in registers, as many as there are: those of some output channels by some neighbours
// (or taps, for the gradient of weights). Each step loads both, and multiplies each with each.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

constexpr int64_t kPitch = kLanes < 8 ? 8 : kLanes;  // numbers of a place
#ifdef __AVX512F__
constexpr int kSums = 24;  // of 32 registers
#else
constexpr int kSums = 12;  // of 16
#endif

/// f(block) with the number of channels of a block, and how many neighbours go with them.
template <int kOut> struct Block {
  static constexpr int kOthers = kSums / kOut < 8 ? kSums / kOut : 8;
};
NNRUN_INLINE int64_t block_of(int64_t rest) {
  if (rest == 1 || rest == 2 || rest == 3 || rest == 6) return rest;
  return rest == 5 ? 3 : 4;
}
template <class F> NNRUN_INLINE void with_block(int64_t n, F f) {
  switch (n) {
    case 1: return f(std::integral_constant<int, 1>{});
    case 2: return f(std::integral_constant<int, 2>{});
    case 3: return f(std::integral_constant<int, 3>{});
    case 4: return f(std::integral_constant<int, 4>{});
    default: return f(std::integral_constant<int, 6>{});
  }
}

/// sum[i][j] += a(i) * b(j); the fewer of them are held in registers beside the sums.
template <int kRows, int kCols, class A, class B>
NNRUN_INLINE void multiply(A a, B b, Lanes (&sum)[kRows][kCols]) {
  Lanes held[kRows < kCols ? kRows : kCols];
  if constexpr (kRows < kCols) {
    for (int i = 0; i < kRows; ++i) held[i] = a(i);
    for (int j = 0; j < kCols; ++j) {
      const Lanes v = b(j);
      for (int i = 0; i < kRows; ++i) sum[i][j] += held[i] * v;
    }
  } else {
    for (int j = 0; j < kCols; ++j) held[j] = b(j);
    for (int i = 0; i < kRows; ++i) {
      const Lanes v = a(i);
      for (int j = 0; j < kCols; ++j) sum[i][j] += v * held[j];
    }
  }
}

struct Range {
  int64_t begin, end;
};
NNRUN_INLINE int64_t divide_up(int64_t a, int64_t b) {  // 0 for less than that
  return a <= 0 ? 0 : b == 1 ? a : (a + b - 1) / b;
}
/// The taps that some result of [first, last] has inside the source.
NNRUN_INLINE Range inside(const ConvAxis& a, int64_t first, int64_t last) {
  const int64_t before = -(a.from + last * a.advance);
  const int64_t room = a.size - (a.from + first * a.advance);
  return {divide_up(before, a.spread),
          room > (a.taps - 1) * a.spread ? a.taps : divide_up(room, a.spread)};
}

/// kWide results of a row from number `first` on, for kOut channels.
template <int kOut, int kWide>
__attribute__((noinline)) void places(const ConvLanes& c, const Range& rows, int64_t first,
                                      const float* x, const float* w, const Lanes* start,
                                      float* y) {
  const Range cols = inside(c.cols, first, first + kWide - 1);
  const int64_t step = c.cols.advance * kPitch, taps = c.cols.taps;
  x += (c.cols.from + first * c.cols.advance) * kPitch;
  Lanes sum[kOut][kWide];
  for (int o = 0; o < kOut; ++o) {
    for (int j = 0; j < kWide; ++j) sum[o][j] = start[o];
  }
  // One run over all taps, or over those of each row and channel.
  int64_t runs = (rows.end - rows.begin) * c.in, length = cols.end - cols.begin;
  if (length == taps) length *= runs, runs = 1;
  const int64_t* tap = c.tap + rows.begin * c.in * taps + cols.begin;
  w += (rows.begin * c.in * taps + cols.begin) * kOut;
  for (int64_t r = 0; r < runs; ++r, tap += taps, w += taps * kOut) {
    for (int64_t i = 0; i < length; ++i) {
      const float *from = x + tap[i], *k = w + i * kOut;
      multiply<kOut, kWide>([&](int o) { return all(k[o]); },
                            [&](int j) { return load(from + j * step); }, sum);
    }
  }
  y += (c.cols.to + first * c.cols.step) * kPitch;
  for (int o = 0; o < kOut; ++o) {
    for (int j = 0; j < kWide; ++j) {
      store(y + (o * c.y_plane + j * c.cols.step) * kPitch, sum[o][j]);
    }
  }
}

template <int kOut> void correlate_block(const ConvLanes& c, int64_t begin, int64_t end,
                                         const float* x, const float* w, const Lanes* start,
                                         float* y) {
  constexpr int kWide = Block<kOut>::kOthers;
  for (int64_t r = begin; r < end; ++r) {
    const Range rows = inside(c.rows, r, r);
    const float* from = x + (c.rows.from + r * c.rows.advance) * c.x_row * kPitch;
    float* to = y + (c.rows.to + r * c.rows.step) * c.y_row * kPitch;
    const int64_t n = c.cols.results;
    int64_t j = 0;
    for (; j + kWide <= n; j += kWide) places<kOut, kWide>(c, rows, j, from, w, start, to);
    if (j < n && n >= kWide) {  // the last ones, some of them once more
      places<kOut, kWide>(c, rows, n - kWide, from, w, start, to);
      j = n;
    }
    for (; j < n; ++j) places<kOut, 1>(c, rows, j, from, w, start, to);
  }
}

void correlate(const ConvLanes& c, int64_t begin, int64_t end, const float* x, const float* w,
               const float* bias, int used, float* y) {
  for (int64_t o = 0; o < c.out;) {
    const int64_t block = block_of(c.out - o);
    for (int64_t half = 0; half < kPitch; half += kLanes) {
      Lanes start[6] = {};
      for (int64_t i = 0; i < block && bias != nullptr; ++i) {
        for (int64_t l = 0; l < kLanes && half + l < used; ++l) start[i][l] = bias[o + i];
      }
      with_block(block, [&](auto n) {
        correlate_block<n()>(c, begin, end, x + half, w, start, y + o * c.y_plane * kPitch + half);
      });
    }
    w += block * c.in * c.rows.taps * c.cols.taps;
    o += block;
  }
}

/// rows x cols places of kOut channels by kTaps taps.
template <int kOut, int kTaps> NNRUN_INLINE void taps(const ConvGradLanes& c, int64_t rows,
                                                      const float* gy, const float* x,
                                                      const int64_t* tap, float* total) {
  Lanes sum[kOut][kTaps];
  for (int o = 0; o < kOut; ++o) {
    for (int t = 0; t < kTaps; ++t) sum[o][t] = load(total + (o * kTaps + t) * kPitch);
  }
  const float* from[kTaps];
  for (int t = 0; t < kTaps; ++t) from[t] = x + tap[t];
  const int64_t step = c.x_col * kPitch, plane = c.y_plane * kPitch;
  for (int64_t r = 0; r < rows; ++r) {
    int64_t at = r * c.x_row * kPitch;
    for (int64_t i = 0; i < c.cols; ++i, at += step, gy += kPitch) {
      multiply<kOut, kTaps>([&](int o) { return load(gy + o * plane); },
                            [&](int t) { return load(from[t] + at); }, sum);
    }
  }
  for (int o = 0; o < kOut; ++o) {
    for (int t = 0; t < kTaps; ++t) store(total + (o * kTaps + t) * kPitch, sum[o][t]);
  }
}

constexpr int64_t kBand = 4096;  // numbers of results that stay in the nearest cache

/// The sums of a block are (groups of taps, its channels, taps of a group, lanes).
template <int kOut> NNRUN_INLINE int64_t tap_groups(int64_t n) {
  return (n + Block<kOut>::kOthers - 1) / Block<kOut>::kOthers;
}
template <int kOut> int64_t sums_of_block(int64_t n) {
  return tap_groups<kOut>(n) * kOut * Block<kOut>::kOthers * kPitch;
}
template <int kOut>
void grad_weight_block(const ConvGradLanes& c, const float* gy, const float* x, float* sum) {
  constexpr int kTaps = Block<kOut>::kOthers;
  const int64_t groups = tap_groups<kOut>(c.taps);
  int64_t band = kBand / (kOut * c.cols * kPitch);
  band = band < 1 ? 1 : band;
  for (int64_t r = 0; r < c.rows; r += band) {
    const int64_t rows = c.rows - r < band ? c.rows - r : band;
    const float *g = gy + r * c.cols * kPitch, *from = x + r * c.x_row * kPitch;
    for (int64_t i = 0; i < groups; ++i) {
      taps<kOut, kTaps>(c, rows, g, from, c.tap + i * kTaps, sum + i * kOut * kTaps * kPitch);
    }
  }
}

int64_t sums(int64_t out, int64_t taps) {
  int64_t n = 0;
  while (out > 0) {
    const int64_t block = block_of(out);
    with_block(block, [&](auto k) { n += sums_of_block<k()>(taps); });
    out -= block;
  }
  return n;
}

void grad_weight(const ConvGradLanes& c, const float* gy, const float* x, float* sum) {
  for (int64_t o = 0; o < c.out;) {
    const int64_t block = block_of(c.out - o);
    with_block(block, [&](auto n) {
      for (int64_t half = 0; half < kPitch; half += kLanes) {
        grad_weight_block<n()>(c, gy + o * c.y_plane * kPitch + half, x + half, sum + half);
      }
      sum += sums_of_block<n()>(c.taps);
    });
    o += block;
  }
}

void fold(int64_t out, int64_t taps, const float* sum, int64_t parts, int64_t part, float* gw) {
  for (int64_t o = 0; o < out;) {
    const int64_t block = block_of(out - o);
    with_block(block, [&](auto n) {
      constexpr int kTaps = Block<n()>::kOthers;
      for (int64_t t = 0; t < taps; ++t) {
        for (int64_t i = 0; i < n(); ++i) {
          const float* from = sum + ((t / kTaps * n() + i) * kTaps + t % kTaps) * kPitch;
          float s = 0;
          for (int64_t half = 0; half < kPitch; half += kLanes) {
            Lanes v{};
            for (int64_t p = 0; p < parts; ++p) v += load(from + p * part + half);
            s += sum_of(v);
          }
          gw[(o + i) * taps + t] = s;
        }
      }
      sum += sums_of_block<n()>(taps);
    });
    o += block;
  }
}

}  // namespace

ConvLoops conv_loops() { return {int(kPitch), block_of, correlate, sums, grad_weight, fold}; }

}  // namespace nnrun::onednn::NNRUN_ISA
