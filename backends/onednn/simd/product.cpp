// Products too small, or too thin, for oneDNN's calls to pay.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

/// kRows rows of y by the kLanes columns at w; w's rows are `step` apart.
template <int kRows> NNRUN_INLINE void strip(const SmallProduct& s, const float* x, const float* w,
                                             int64_t step, const Lanes& start, float* y,
                                             int64_t n) {
  Lanes acc[kRows];
  for (int i = 0; i < kRows; ++i) acc[i] = start;
  for (int64_t k = 0; k < s.k; ++k) {
    const Lanes b = load(w + k * step);
    for (int i = 0; i < kRows; ++i) acc[i] += x[i * s.x_row + k * s.x_col] * b;
  }
  for (int i = 0; i < kRows; ++i) {
    float* to = y + i * s.y_row;
    if (s.y_col != 1) {
      for (int64_t j = 0; j < n; ++j) to[j * s.y_col] = acc[i][j];
    } else if (n == kLanes) {
      store(to, acc[i]);
    } else {
      store_part(to, acc[i], n);
    }
  }
}

}  // namespace

void small_product(const SmallProduct& s, const float* x, const float* w, const float* bias,
                   float* y) {
  constexpr int64_t kDeepest = 64;  // rows of w in the buffer
  float buffer[kDeepest * kLanes];
  if (s.m == 0) return;  // then k may be anything
  for (int64_t j = 0; j < s.n; j += kLanes) {
    const int64_t n = s.n - j < kLanes ? s.n - j : kLanes;
    const float* from = w + j * s.w_col;
    const float* b = from;
    int64_t step = s.w_row;
    if (s.w_col != 1 || n < kLanes) {
      for (int64_t k = 0; k < s.k; ++k) {
        float* row = buffer + k * kLanes;
        const float* p = from + k * s.w_row;
        if (s.w_col == 1) {
          store(row, load_part(p, n, 0));
          continue;
        }
        store(row, Lanes{});
        for (int64_t i = 0; i < n; ++i) row[i] = p[i * s.w_col];
      }
      b = buffer;
      step = kLanes;
    }
    const Lanes start = bias == nullptr ? Lanes{} : load_part(bias + j, n, 0);
    int64_t i = 0;
    for (; i + 4 <= s.m; i += 4) {
      strip<4>(s, x + i * s.x_row, b, step, start, y + i * s.y_row + j * s.y_col, n);
    }
    for (; i < s.m; ++i) {
      strip<1>(s, x + i * s.x_row, b, step, start, y + i * s.y_row + j * s.y_col, n);
    }
  }
}

void vector_matrix(const float* x, int64_t x_step, const float* w, int64_t w_row, int64_t k,
                   int64_t n, const float* bias, float* y) {
  constexpr int64_t kWide = 4 * kLanes;
  int64_t j = 0;
  for (; j + kWide <= n; j += kWide) {
    Lanes acc[4];
    for (int64_t i = 0; i < 4; ++i) {
      acc[i] = bias == nullptr ? Lanes{} : load(bias + j + i * kLanes);
    }
    for (int64_t r = 0; r < k; ++r) {
      const float v = x[r * x_step];
      for (int64_t i = 0; i < 4; ++i) acc[i] += v * load(w + r * w_row + j + i * kLanes);
    }
    for (int64_t i = 0; i < 4; ++i) store(y + j + i * kLanes, acc[i]);
  }
  for (; j < n; j += kLanes) {
    const int64_t m = n - j < kLanes ? n - j : kLanes;
    Lanes acc = bias == nullptr ? Lanes{} : load_part(bias + j, m, 0);
    for (int64_t r = 0; r < k; ++r) {
      const float* row = w + r * w_row + j;
      acc += x[r * x_step] * (m == kLanes ? load(row) : load_part(row, m, 0));
    }
    store_part(y + j, acc, m);
  }
}

void dots(const float* x, int64_t x_row, int64_t rows, const float* w, int64_t k, float start,
          float* y, int64_t y_step) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float* p = x + r * x_row;
    Lanes acc[4] = {};
    int64_t i = 0;
    for (; i + kLanes <= k; i += kLanes) {
      const Lanes v = load(w + i);
      for (int64_t j = 0; j < 4; ++j) acc[j] += v * load(p + j * x_row + i);
    }
    if (i < k) {
      const Lanes v = load_part(w + i, k - i, 0);
      for (int64_t j = 0; j < 4; ++j) acc[j] += v * load_part(p + j * x_row + i, k - i, 0);
    }
    for (int64_t j = 0; j < 4; ++j) y[(r + j) * y_step] = start + sum_of(acc[j]);
  }
  for (; r < rows; ++r) {
    const float* p = x + r * x_row;
    y[r * y_step] = start + sum_row(
                                k, [&](int64_t i) { return load(p + i) * load(w + i); },
                                [&](int64_t i, int64_t m) {
                                  return load_part(p + i, m, 0) * load_part(w + i, m, 0);
                                });
  }
}

}  // namespace nnrun::onednn::NNRUN_ISA
