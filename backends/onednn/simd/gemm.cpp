// A block of a matrix product whose sums stay in registers, and the panels it reads.
#include <array>
#include <utility>

#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

/// With two vectors a row, as many rows as leave registers for those two and a factor.
#ifdef __AVX512F__
constexpr int kRows = 14;
#else
constexpr int kRows = 6;
#endif
constexpr int64_t kCols = 2 * kLanes;

using Block = void (*)(const float* x, int64_t x_row, const float* w, int64_t depth, int64_t n,
                       const float* start, bool first, float* y, int64_t y_row);

/// kPanel: x is a panel; else its rows are x_row apart.
template <int kM, bool kPanel> void block_of(const float* x, int64_t x_row, const float* w,
                                             int64_t depth, int64_t n, const float* start,
                                             bool first, float* y, int64_t y_row) {
  Lanes acc[kM][2];
  const int64_t low = n < kLanes ? n : kLanes, high = n - low;
  if (first) {
    Lanes a{}, b{};
    if (start != nullptr) {
      a = low == kLanes ? load(start) : load_part(start, low, 0);
      if (high > 0) b = high == kLanes ? load(start + kLanes) : load_part(start + kLanes, high, 0);
    }
    for (int i = 0; i < kM; ++i) acc[i][0] = a, acc[i][1] = b;
  } else {
    for (int i = 0; i < kM; ++i) {
      const float* from = y + i * y_row;
      acc[i][0] = low == kLanes ? load(from) : load_part(from, low, 0);
      acc[i][1] = high == kLanes ? load(from + kLanes)
                  : high > 0     ? load_part(from + kLanes, high, 0)
                                 : Lanes{};
    }
  }
  for (int64_t k = 0; k < depth; ++k) {
    const Lanes a = load(w), b = load(w + kLanes);
    for (int i = 0; i < kM; ++i) {
      const float f = kPanel ? x[i] : x[i * x_row];
      acc[i][0] += f * a;
      acc[i][1] += f * b;
    }
    w += kCols;
    x += kPanel ? kRows : 1;
  }
  for (int i = 0; i < kM; ++i) {
    float* to = y + i * y_row;
    if (low == kLanes) {
      store(to, acc[i][0]);
    } else {
      store_part(to, acc[i][0], low);
    }
    if (high == kLanes) {
      store(to + kLanes, acc[i][1]);
    } else if (high > 0) {
      store_part(to + kLanes, acc[i][1], high);
    }
  }
}

template <bool kPanel, int... kM> constexpr auto blocks(std::integer_sequence<int, kM...>) {
  return std::array<Block, sizeof...(kM)>{block_of<kM + 1, kPanel>...};
}

void block(const float* x, int64_t x_row, const float* w, int64_t depth, int64_t m, int64_t n,
           const float* start, bool first, float* y, int64_t y_row) {
  static constexpr auto kPanels = blocks<true>(std::make_integer_sequence<int, kRows>());
  static constexpr auto kDirect = blocks<false>(std::make_integer_sequence<int, kRows>());
  (x_row == 0 ? kPanels : kDirect)[size_t(m - 1)](x, x_row, w, depth, n, start, first, y, y_row);
}

void pack(const float* from, int64_t n, int64_t step, int64_t depth, int64_t depth_step, int width,
          float* panel) {
  int64_t k = 0;
  if (depth_step == 1 && n == width && width % kLanes == 0) {
    for (; k + kLanes <= depth; k += kLanes) {
      for (int64_t half = 0; half < width; half += kLanes) {
        Lanes v[kLanes];
        for (int64_t l = 0; l < kLanes; ++l) v[l] = load(from + (half + l) * step + k);
        transpose_lanes(v);
        for (int64_t l = 0; l < kLanes; ++l) store(panel + (k + l) * width + half, v[l]);
      }
    }
  } else if (step == 1 && n == width && width == kCols) {
    for (; k < depth; ++k) {
      store(panel + k * kCols, load(from + k * depth_step));
      store(panel + k * kCols + kLanes, load(from + k * depth_step + kLanes));
    }
  } else if (step == 1 && width <= kLanes) {
    for (; k < depth; ++k) {
      store_part(panel + k * width, load_part(from + k * depth_step, n, 0), width);
    }
  }
  for (; k < depth; ++k) {
    float* to = panel + k * width;
    for (int64_t i = 0; i < n; ++i) to[i] = from[i * step + k * depth_step];
    for (int64_t i = n; i < width; ++i) to[i] = 0;
  }
}

void transpose(const float* from, int64_t from_row, int64_t rows, int64_t cols, const float* start,
               float* to, int64_t to_row) {
  const auto one = [&](int64_t i, int64_t j) {
    to[j * to_row + i] = from[i * from_row + j] + (start == nullptr ? 0 : start[i]);
  };
  int64_t i = 0;
  for (; i + kLanes <= rows; i += kLanes) {
    const Lanes add = start == nullptr ? Lanes{} : load(start + i);
    int64_t j = 0;
    for (; j + kLanes <= cols; j += kLanes) {
      Lanes v[kLanes];
      for (int64_t l = 0; l < kLanes; ++l) v[l] = load(from + (i + l) * from_row + j);
      transpose_lanes(v);
      for (int64_t l = 0; l < kLanes; ++l) store(to + (j + l) * to_row + i, v[l] + add);
    }
    for (; j < cols; ++j) {
      for (int64_t l = 0; l < kLanes; ++l) one(i + l, j);
    }
  }
  for (; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) one(i, j);
  }
}

}  // namespace

GemmLoops gemm_loops() { return {kRows, int(kCols), pack, block, transpose}; }

}  // namespace nnrun::onednn::NNRUN_ISA
