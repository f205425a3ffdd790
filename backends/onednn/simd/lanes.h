// As many float32 as a register holds, as one value, for loops whose order of additions the
// compiler may not change. (Vectors wider than that are legal, but GCC keeps them in memory.)
#pragma once

#ifdef __AVX2__
#include <immintrin.h>
#endif

#include "backends/onednn/simd/elements.h"

namespace nnrun::onednn::NNRUN_ISA {

#if defined(__AVX512F__)
inline constexpr int64_t kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int64_t kLanes = 8;
#else
inline constexpr int64_t kLanes = 4;
#endif
typedef float Lanes __attribute__((vector_size(4 * kLanes)));
typedef int32_t LaneMask __attribute__((vector_size(4 * kLanes)));

NNRUN_INLINE Lanes load(const float* p) {
  Lanes v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
NNRUN_INLINE void store(float* p, const Lanes& v) { __builtin_memcpy(p, &v, sizeof v); }
NNRUN_INLINE Lanes all(float v) { return v - Lanes{}; }  // a sum with 0 would be computed

#if defined(__AVX2__) && !defined(__AVX512F__)
/// The first n lanes.
NNRUN_INLINE LaneMask first(int64_t n) {
  return LaneMask{0, 1, 2, 3, 4, 5, 6, 7} < LaneMask{} + int32_t(n);
}
#endif
/// The first n elements, the others `rest`.
NNRUN_INLINE Lanes load_part(const float* p, int64_t n, float rest) {
#if defined(__AVX512F__)
  return Lanes(_mm512_mask_loadu_ps(__m512(all(rest)), __mmask16((1u << n) - 1), p));
#elif defined(__AVX2__)
  const LaneMask m = first(n);
  return m ? Lanes(_mm256_maskload_ps(p, __m256i(m))) : all(rest);
#else
  Lanes v = all(rest);
  for (int64_t i = 0; i < n; ++i) v[i] = p[i];
  return v;
#endif
}
NNRUN_INLINE void store_part(float* p, const Lanes& v, int64_t n) {
#if defined(__AVX512F__)
  _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), __m512(v));
#elif defined(__AVX2__)
  _mm256_maskstore_ps(p, __m256i(first(n)), __m256(v));
#else
  for (int64_t i = 0; i < n; ++i) p[i] = v[i];
#endif
}

/// The kLanes numbers of as many vectors become the vectors.
NNRUN_INLINE void transpose_lanes(Lanes (&v)[kLanes]) {
  LaneMask low, high;  // of two vectors, one from each in turn
  for (int i = 0; i < kLanes; ++i) {
    low[i] = i / 2 + i % 2 * int(kLanes);
    high[i] = low[i] + int(kLanes) / 2;
  }
  for (int64_t done = 1; done < kLanes; done *= 2) {
    Lanes next[kLanes];
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = __builtin_shuffle(v[i], v[i + kLanes / 2], low);
      next[2 * i + 1] = __builtin_shuffle(v[i], v[i + kLanes / 2], high);
    }
    for (int i = 0; i < kLanes; ++i) v[i] = next[i];
  }
}

/// The larger (or smaller) of each lane, NaN where one is.
template <bool kLargest> NNRUN_INLINE Lanes extreme(const Lanes& m, const Lanes& x) {
  const LaneMask take = (kLargest ? x > m : x < m) | (x != x);
  return take ? x : m;
}
template <bool kLargest> NNRUN_INLINE float extreme(float m, float x) {
  return (kLargest ? x > m : x < m) || x != x ? x : m;
}

/// join of all lanes by halves, down to four, then one by one.
template <class V, class F> NNRUN_INLINE float fold(const V& v, F join) {
  float t[sizeof(V) / 4];  // a copy, or v itself would live in memory all the time
  __builtin_memcpy(t, &v, sizeof v);
  if constexpr (sizeof(V) == 16) {
    return join(join(t[0], t[1]), join(t[2], t[3]));
  } else {
    typedef float Half __attribute__((vector_size(sizeof(V) / 2)));
    Half low, high;
    __builtin_memcpy(&low, t, sizeof low);
    __builtin_memcpy(&high, t + sizeof(V) / 8, sizeof high);
    return fold(join(low, high), join);
  }
}
NNRUN_INLINE float sum_of(const Lanes& v) {
  return fold(v, [](auto a, auto b) { return a + b; });
}
template <bool kLargest> NNRUN_INLINE float extreme_of(const Lanes& v) {
  return fold(v, [](auto m, auto x) {
    if constexpr (std::is_same_v<decltype(m), float>) {
      return extreme<kLargest>(m, x);
    } else {
      return (kLargest ? x > m : x < m) | (x != x) ? x : m;
    }
  });
}

/// sum over a row: `whole` gives the terms of kLanes elements from i, `part` the last n with zeros.
template <class F, class G> NNRUN_INLINE float sum_row(int64_t n, F whole, G part) {
  Lanes a{}, b{}, c{}, d{};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    a += whole(i);
    b += whole(i + kLanes);
    c += whole(i + 2 * kLanes);
    d += whole(i + 3 * kLanes);
  }
  for (; i + kLanes <= n; i += kLanes) a += whole(i);
  if (i < n) b += part(i, n - i);
  return sum_of((a + b) + (c + d));
}

}  // namespace nnrun::onednn::NNRUN_ISA
