// Sixteen float32 as one value, for loops whose order of additions the compiler may not change.
#pragma once

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#include "backends/onednn/simd/elements.h"

namespace nnrun::onednn::NNRUN_ISA {

inline constexpr int64_t kLanes = 16;
typedef float Lanes __attribute__((vector_size(64)));
typedef int32_t LaneMask __attribute__((vector_size(64)));

NNRUN_INLINE Lanes load(const float* p) {
  Lanes v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
NNRUN_INLINE void store(float* p, const Lanes& v) { __builtin_memcpy(p, &v, sizeof v); }
NNRUN_INLINE Lanes all(float v) { return Lanes{} + v; }
/// n of 16 elements, the others `rest`.
NNRUN_INLINE Lanes load_part(const float* p, int64_t n, float rest) {
#ifdef __AVX512F__
  return Lanes(_mm512_mask_loadu_ps(__m512(all(rest)), __mmask16((1u << n) - 1), p));
#else
  float t[kLanes];
  store(t, all(rest));
  for (int64_t i = 0; i < n; ++i) t[i] = p[i];
  return load(t);
#endif
}
NNRUN_INLINE void store_part(float* p, const Lanes& v, int64_t n) {
#ifdef __AVX512F__
  _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), __m512(v));
#else
  float t[kLanes];
  store(t, v);
  for (int64_t i = 0; i < n; ++i) p[i] = t[i];
#endif
}

/// The larger (or smaller) of each lane, NaN where one is.
template <bool kLargest> NNRUN_INLINE Lanes extreme(const Lanes& m, const Lanes& x) {
  const LaneMask take = (kLargest ? x > m : x < m) | (x != x);
  return take ? x : m;
}
template <bool kLargest> NNRUN_INLINE float extreme(float m, float x) {
  return (kLargest ? x > m : x < m) || x != x ? x : m;
}

/// join of all lanes by halves: 16, 8, 4, then one by one.
template <class F> NNRUN_INLINE float fold(const Lanes& v, F join) {
  typedef float Eight __attribute__((vector_size(32)));
  typedef float Four __attribute__((vector_size(16)));
  float t[kLanes];  // a copy, or v itself would live in memory all the time
  store(t, v);
  Eight low, high;
  __builtin_memcpy(&low, t, sizeof low);
  __builtin_memcpy(&high, t + 8, sizeof high);
  low = join(low, high);
  __builtin_memcpy(t, &low, sizeof low);
  Four a, b;
  __builtin_memcpy(&a, t, sizeof a);
  __builtin_memcpy(&b, t + 4, sizeof b);
  a = join(a, b);
  return join(join(a[0], a[1]), join(a[2], a[3]));
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

/// sum of f(i .. i + 15) over a row: `whole` gives 16 terms, `part` the last n of them with zeros.
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
