// Sixteen float32 as one value, for loops whose order of additions the compiler may not change.
#pragma once

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
/// n of 16 elements, the others `rest`.
NNRUN_INLINE Lanes load_part(const float* p, int64_t n, float rest) {
  float t[kLanes];
  for (int64_t i = 0; i < kLanes; ++i) t[i] = rest;
  for (int64_t i = 0; i < n; ++i) t[i] = p[i];
  return load(t);
}
NNRUN_INLINE void store_part(float* p, const Lanes& v, int64_t n) {
  float t[kLanes];
  store(t, v);
  for (int64_t i = 0; i < n; ++i) p[i] = t[i];
}
NNRUN_INLINE Lanes all(float v) { return Lanes{} + v; }

/// The larger (or smaller) of each lane, NaN where one is.
template <bool kLargest> NNRUN_INLINE Lanes extreme(const Lanes& m, const Lanes& x) {
  const LaneMask take = (kLargest ? x > m : x < m) | (x != x);
  return take ? x : m;
}
template <bool kLargest> NNRUN_INLINE float extreme(float m, float x) {
  return (kLargest ? x > m : x < m) || x != x ? x : m;
}

NNRUN_INLINE float sum_of(const Lanes& v) {
  float t[kLanes];
  store(t, v);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) t[i] += t[i + half];
  }
  return t[0];
}
template <bool kLargest> NNRUN_INLINE float extreme_of(const Lanes& v) {
  float t[kLanes];
  store(t, v);
  for (int64_t half = kLanes / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half; ++i) t[i] = extreme<kLargest>(t[i], t[i + half]);
  }
  return t[0];
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
