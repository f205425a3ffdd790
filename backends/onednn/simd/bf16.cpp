// Products of a few rows in bfloat16, bound by reading the weights.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

constexpr int64_t kBlock = 2 * kLanes;  // numbers in a register
int64_t whole_blocks(int64_t k) { return (k + kBlock - 1) / kBlock * kBlock; }

/// Numbers at even and at odd places are a shift and a mask away from float32.
struct ByHalves {
  static constexpr int kColumns = 4;

  typedef uint32_t Bits __attribute__((vector_size(4 * kLanes)));
  struct Pairs {
    Lanes even, odd;
  };
  NNRUN_INLINE static Pairs load_pairs(const bf16* p) {
    Bits v;
    __builtin_memcpy(&v, p, sizeof v);
    return {bits_as<Lanes>(v << 16), bits_as<Lanes>(v & 0xffff0000u)};
  }
  NNRUN_INLINE static Pairs load_pairs_part(const bf16* p, int64_t n) {
    bf16 block[kBlock] = {};
    for (int64_t i = 0; i < n; ++i) block[i] = p[i];
    return load_pairs(block);
  }

  static int64_t prepared(int64_t k) { return whole_blocks(k); }
  static void prepare(const void* x, int64_t k, float* to) {
    const bf16* p = static_cast<const bf16*>(x);
    for (int64_t i = 0; i < k; i += kBlock) {
      const Pairs v = k - i >= kBlock ? load_pairs(p + i) : load_pairs_part(p + i, k - i);
      store(to + i, v.even);
      store(to + i + kLanes, v.odd);
    }
  }

  template <int kRows>
  static void dots(const float* x, const bf16* w, int64_t w_row, int64_t k, float* y) {
    Lanes even[kRows] = {}, odd[kRows] = {};
    const auto take = [&](int64_t i, auto&& load_w) {
      const Lanes xe = load(x + i), xo = load(x + i + kLanes);
      for (int j = 0; j < kRows; ++j) {
        const Pairs v = load_w(w + j * w_row + i);
        even[j] += xe * v.even;
        odd[j] += xo * v.odd;
      }
    };
    int64_t i = 0;
    for (; i + kBlock <= k; i += kBlock) take(i, [](const bf16* p) { return load_pairs(p); });
    if (i < k) take(i, [n = k - i](const bf16* p) { return load_pairs_part(p, n); });
    for (int j = 0; j < kRows; ++j) y[j] = sum_of(even[j] + odd[j]);
  }
};

#if defined(__AVX512F__)
#define NNRUN_BF16 __attribute__((target("avx512bf16")))
/// By AVX512_BF16, which adds up two products at once (and takes subnormal numbers for 0).
struct ByInstruction {
  static constexpr int kColumns = 8;

  static int64_t prepared(int64_t k) { return whole_blocks(k) / 2; }
  static void prepare(const void* x, int64_t k, float* to) {
    __builtin_memset(to, 0, size_t(prepared(k)) * sizeof(float));
    __builtin_memcpy(to, x, size_t(k) * sizeof(bf16));
  }
  template <int kRows>
  NNRUN_BF16 static void dots(const float* x, const bf16* w, int64_t w_row, int64_t k, float* y) {
    __m512 sum[kRows] = {};
    int64_t i = 0;
    for (; i + kBlock <= k; i += kBlock) {
      const __m512bh v = __m512bh(_mm512_loadu_si512(x + i / 2));
      for (int j = 0; j < kRows; ++j) {
        const bf16* p = w + j * w_row + i;
        __builtin_prefetch(p + kRows * w_row);  // the rows that are next: a tenth faster
        const __m512bh row = __m512bh(_mm512_loadu_si512(p));
        sum[j] = _mm512_dpbf16_ps(sum[j], v, row);
      }
    }
    if (i < k) {
      const __mmask32 part = (uint32_t{1} << (k - i)) - 1;
      const __m512bh v = __m512bh(_mm512_loadu_si512(x + i / 2));
      for (int j = 0; j < kRows; ++j) {
        const __m512bh row = __m512bh(_mm512_maskz_loadu_epi16(part, w + j * w_row + i));
        sum[j] = _mm512_dpbf16_ps(sum[j], v, row);
      }
    }
    for (int j = 0; j < kRows; ++j) y[j] = sum_of(Lanes(sum[j]));
  }
};
#endif

template <class Way, int kRows> void block(const float* x, int64_t rows, const bf16* w,
                                           int64_t w_row, int64_t k, const bf16* bias, bf16* y,
                                           int64_t y_row, int64_t y_col) {
  for (int64_t i = 0; i < rows; ++i) {
    float sum[kRows];
    Way::template dots<kRows>(x + i * Way::prepared(k), w, w_row, k, sum);
    for (int j = 0; j < kRows; ++j) {
      const float start = bias == nullptr ? 0 : widen(bias[j]);
      y[i * y_row + j * y_col] = narrow<bf16>(start + sum[j]);
    }
  }
}

template <class Way> void dots(const float* x, int64_t rows, const void* weights, int64_t w_row,
                               int64_t n, int64_t k, const void* biases, void* results,
                               int64_t y_row, int64_t y_col) {
  const bf16* w = static_cast<const bf16*>(weights);
  const bf16* bias = static_cast<const bf16*>(biases);
  bf16* y = static_cast<bf16*>(results);
  int64_t j = 0;
  const auto take = [&]<int kRows>(std::integral_constant<int, kRows>) {
    for (; j + kRows <= n; j += kRows) {
      block<Way, kRows>(x, rows, w + j * w_row, w_row, k, bias == nullptr ? nullptr : bias + j,
                        y + j * y_col, y_row, y_col);
    }
  };
  take(std::integral_constant<int, Way::kColumns>{});
  take(std::integral_constant<int, 1>{});
}

template <class Way> Bf16DotLoops loops_of() { return {Way::prepared, Way::prepare, dots<Way>}; }

}  // namespace

Bf16DotLoops bf16_dot_loops() {
#if defined(__AVX512F__)
  if (__builtin_cpu_supports("avx512bf16")) return loops_of<ByInstruction>();
#endif
  return loops_of<ByHalves>();
}

}  // namespace nnrun::onednn::NNRUN_ISA
