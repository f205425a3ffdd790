// Elementary functions of float32 without branches, which the compiler turns into vector code; of
// float64 they are the C library's. Errors are below 4 ulp (tests/backends/onednn_math_test.cpp has
// the measured ones); infinities, NaN and subnormal numbers come out as the C library has them.
//
// The reductions are Cody and Waite's (Software Manual for the Elementary Functions, 1980); the
// polynomials are our own fits, made and explained by fit.py beside this file.
#pragma once

#include "backends/onednn/simd/elements.h"

namespace nnrun::onednn::NNRUN_ISA {

/// c0 + c1 x + c2 x^2 ... of a number or of lanes.
template <class V, class T> NNRUN_INLINE V polynomial(V x, T c0, T c1) { return x * c1 + c0; }
template <class V, class T, class... C> NNRUN_INLINE V polynomial(V x, T c0, T c1, C... c) {
  return polynomial(x, c1, c...) * x + c0;
}

/// 2^n for n in [-126, 127].
template <class F, class I> NNRUN_INLINE F power_of_2(I n) { return bits_as<F>((n + 127) << 23); }

/// x = n ln 2 + r with |r| <= ln 2 / 2, for |x| < 2^20: adding 1.5 * 2^23 rounds to an integer.
template <class F, class I> struct Ln2Parts {
  I n;
  F r;
};
template <class F, class I> NNRUN_INLINE Ln2Parts<F, I> split_ln2(F x) {
  const float magic = 12582912.f;
  const F biased = x * 1.44269504f + magic;
  const F n = biased - magic;
  F r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  return {bits_as<I>(biased) - bits_as<int32_t>(magic), r};
}
/// (exp(r) - 1 - r) / r^2
template <class F> NNRUN_INLINE F exp_tail(F r) {
  return polynomial(r, 0x1p-1f, 0x1.555552p-3f, 0x1.5554e4p-5f, 0x1.1115bcp-7f, 0x1.6d519ap-10f,
                    0x1.9a89c8p-13f);
}

/// F: float, or lanes of it; I: int32_t, or lanes of it.
template <class F, class I> NNRUN_INLINE F exp_any(F x) {
  const F zero{};
  F c = x > 89.f ? zero + 89.f : x;  // NaN passes
  c = c < -105.f ? zero - 105.f : c;
  const auto s = split_ln2<F, I>(c);
  const F p = (exp_tail(s.r) * s.r) * s.r + s.r + 1.f;
  const I half = s.n >> 1;  // in two steps, for subnormal results and overflow
  const F y = p * power_of_2<F>(half) * power_of_2<F>(s.n - half);
  return x != x ? x : y;
}
NNRUN_INLINE float exp_of(float x) { return exp_any<float, int32_t>(x); }
NNRUN_INLINE double exp_of(double x) { return std::exp(x); }

NNRUN_INLINE float expm1_of(float x) {
  float c = x > 89.f ? 89.f : x;
  c = c < -20.f ? -20.f : c;
  const auto s = split_ln2<float, int32_t>(c);
  const float p = (exp_tail(s.r) * s.r) * s.r + s.r;
  const float scale = power_of_2<float>(s.n - 1);  // 2^n itself may overflow
  float y = (p * scale + (scale - 0.5f)) * 2.f;
  y = s.n == 0 ? p : y;
  y = x == 0 ? x : y;
  return x != x ? x : y;
}
NNRUN_INLINE double expm1_of(double x) { return std::expm1(x); }

NNRUN_INLINE float log_of(float x) {
  const bool small = x < 0x1p-126f;
  const float v = small ? x * 0x1p23f : x;
  const auto bits = int32_t(bits_as<uint32_t>(v) - 0x3f3504f3u);  // of sqrt(1/2); wraps below 0
  const int32_t e = (bits >> 23) - (small ? 23 : 0);
  const float f = bits_as<float>((bits & 0x007fffff) + 0x3f3504f3) - 1.f, n = float(e);
  const float tail =
      polynomial(f, 0x1.555546p-2f, -0x1.00000ap-2f, 0x1.99a548p-3f, -0x1.555ae8p-3f,
                 0x1.232cbap-3f, -0x1.fc4c5cp-4f, 0x1.e7a8aap-4f, -0x1.dd7088p-4f, 0x1.11cf18p-4f);
  float y = tail * f * (f * f) + n * -2.12194440e-4f;
  y = (y - 0.5f * (f * f)) + f + n * 0.693359375f;
  y = x < INFINITY ? y : x;
  y = x == 0 ? -INFINITY : y;
  return x < 0 ? NAN : (x != x ? x : y);
}
NNRUN_INLINE double log_of(double x) { return std::log(x); }

NNRUN_INLINE float log1p_of(float x) {
  const float u = 1.f + x;
  const float lost = x >= 1.f ? 1.f - (u - x) : x - (u - 1.f);  // what u could not hold
  float y = log_of(u) + lost / u;
  y = u == 1.f ? x : y;
  y = u == INFINITY ? x : y;
  return u == 0 ? -INFINITY : y;
}
NNRUN_INLINE double log1p_of(double x) { return std::log1p(x); }

NNRUN_INLINE float tanh_of(float x) {
  const float a = std::fabs(x), s = x * x;
  const float small = polynomial(s, -0x1.555554p-2f, 0x1.111074p-3f, -0x1.b9efa2p-5f,
                                 0x1.638b30p-6f, -0x1.0bca4ap-7f, 0x1.17d1a6p-9f) *
                          (s * x) +
                      x;
  const float large = 1.f - 2.f / (exp_of(2.f * a) + 1.f);
  return a < 0.625f ? small : std::copysign(large, x);
}
NNRUN_INLINE double tanh_of(double x) { return std::tanh(x); }

template <class T> NNRUN_INLINE T sigmoid_of(T x) {
  const T e = exp_of(-std::fabs(x));
  return (x >= 0 ? T(1) : e) / (T(1) + e);
}

NNRUN_INLINE float erf_of(float x) {
  const float a = std::fabs(x), s = x * x;
  const float small =
      polynomial(s, 0x1.06eba8p-3f, -0x1.812742p-2f, 0x1.ce2de8p-4f, -0x1.b80c4cp-6f,
                 0x1.54b478p-8f, -0x1.a99f18p-11f, 0x1.5ade88p-14f) *
          x +
      x;
  const float t = a > 4.f ? 4.f : a;
  const float minus_log =
      polynomial(t, 0x1.20e914p+0f, 0x1.456daap-1f, 0x1.af58e0p-4f, -0x1.74560ap-6f, 0x1.846accp-9f,
                 -0x1.04abap-14f, -0x1.68c938p-15f, 0x1.3ca2dep-18f) *
      t;
  const float large = std::copysign(1.f - exp_of(-minus_log), x);
  return x != x ? x : (a < 0.93f ? small : large);
}
NNRUN_INLINE double erf_of(double x) { return std::erf(x); }

/// sin(x) (or cos) for |x| <= kMaxAngle, in double: x = n pi/2 + r, |r| <= pi/4.
inline constexpr float kMaxAngle = 1e6f;
template <bool kCosine> NNRUN_INLINE float sine_of(float angle) {
  const double x = angle, magic = 6755399441055744.0;
  const double biased = x * 0.6366197723675814 + magic;
  const double n = biased - magic;
  const double r = (x - n * 0x1.921fb544p+0) - n * 0x1.0b4611a626331p-34;
  const double s = r * r;
  const double sine =
      polynomial(s, -0x1.5555555551d1fp-3, 0x1.1111110c33a26p-7, -0x1.a019f8ccc2f74p-13,
                 0x1.71d7351d2ad7dp-19, -0x1.a94dc06459d79p-26) *
          (s * r) +
      r;
  const double cosine = polynomial(s, 0x1.5555554e398c7p-5, -0x1.6c16b78e7071bp-10,
                                   0x1.a0107fa09f3ecp-16, -0x1.240c123c2c68fp-22) *
                            (s * s) +
                        (1.0 - 0.5 * s);
  const int64_t quarter = bits_as<int64_t>(biased) + (kCosine ? 1 : 0);
  const double y = (quarter & 1) != 0 ? cosine : sine;
  return float((quarter & 2) != 0 ? -y : y);
}

}  // namespace nnrun::onednn::NNRUN_ISA
