// What each elementwise op does to one element, in the wide type of its dtype. Integers wrap.
#pragma once

#include "backends/onednn/simd/math.h"

namespace nnrun::onednn::NNRUN_ISA {

template <class T> using unsigned_t =
    typename std::conditional_t<std::is_integral_v<T>, std::make_unsigned<T>,
                                std::type_identity<T>>::type;

template <class T> inline constexpr bool is_real = std::is_floating_point_v<T>;

/// The value itself: for loops that only convert.
struct Same {
  template <class T> NNRUN_INLINE T operator()(T x) const { return x; }
};

struct Neg {
  template <class T> NNRUN_INLINE T operator()(T x) const { return T(-unsigned_t<T>(x)); }
};
struct Abs {
  template <class T> NNRUN_INLINE T operator()(T x) const {
    if constexpr (is_real<T>) {
      return std::fabs(x);
    } else {
      return x < T(0) ? T(0 - unsigned_t<T>(x)) : x;
    }
  }
};
struct Sign {
  template <class T> NNRUN_INLINE T operator()(T x) const {
    const T s = x > T(0) ? T(1) : T(x < T(0) ? -1 : 0);
    return x != x ? x : s;
  }
};
struct Exp {
  template <class T> NNRUN_INLINE T operator()(T x) const { return exp_of(x); }
};
struct Expm1 {
  template <class T> NNRUN_INLINE T operator()(T x) const { return expm1_of(x); }
};
struct Log {
  template <class T> NNRUN_INLINE T operator()(T x) const { return log_of(x); }
};
struct Log1p {
  template <class T> NNRUN_INLINE T operator()(T x) const { return log1p_of(x); }
};
struct Sqrt {
  template <class T> NNRUN_INLINE T operator()(T x) const { return std::sqrt(x); }
};
struct Rsqrt {
  template <class T> NNRUN_INLINE T operator()(T x) const { return T(1) / std::sqrt(x); }
};
struct Tanh {
  template <class T> NNRUN_INLINE T operator()(T x) const { return tanh_of(x); }
};
struct Sigmoid {
  template <class T> NNRUN_INLINE T operator()(T x) const { return sigmoid_of(x); }
};
struct Erf {
  template <class T> NNRUN_INLINE T operator()(T x) const { return erf_of(x); }
};
struct Relu {
  template <class T> NNRUN_INLINE T operator()(T x) const { return x < T(0) ? T(0) : x; }
};
struct Floor {
  template <class T> NNRUN_INLINE T operator()(T x) const { return std::floor(x); }
};
struct Ceil {
  template <class T> NNRUN_INLINE T operator()(T x) const { return std::ceil(x); }
};
struct Round {
  template <class T> NNRUN_INLINE T operator()(T x) const { return std::nearbyint(x); }
};
struct IsFinite {
  template <class T> NNRUN_INLINE uint8_t operator()(T x) const {
    return std::fabs(x) < T(INFINITY);
  }
};
struct LogicalNot {
  template <class T> NNRUN_INLINE uint8_t operator()(T x) const { return x == T(0); }
};

/// Of float32 in vectors up to kMaxAngle; the loop does the rest one by one.
template <bool kCosine> struct Sine {
  static NNRUN_INLINE bool vectorizes(float x) { return std::fabs(x) <= kMaxAngle; }
  static NNRUN_INLINE float exact(float x) { return kCosine ? std::cos(x) : std::sin(x); }
  NNRUN_INLINE float operator()(float x) const { return sine_of<kCosine>(x); }
  NNRUN_INLINE double operator()(double x) const { return kCosine ? std::cos(x) : std::sin(x); }
};

struct Add {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const {
    return T(unsigned_t<T>(x) + unsigned_t<T>(y));
  }
};
struct Sub {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const {
    return T(unsigned_t<T>(x) - unsigned_t<T>(y));
  }
};
struct Mul {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const {
    return T(unsigned_t<T>(x) * unsigned_t<T>(y));
  }
};
struct Div {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const { return x / y; }
};
struct Pow {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const { return std::pow(x, y); }
};
struct Maximum {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const { return x > y || x != x ? x : y; }
};
struct Minimum {
  template <class T> NNRUN_INLINE T operator()(T x, T y) const { return x < y || x != x ? x : y; }
};
struct Eq {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const { return x == y; }
};
struct Ne {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const { return x != y; }
};
struct Lt {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const { return x < y; }
};
struct Le {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const { return x <= y; }
};
struct Gt {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const { return x > y; }
};
struct Ge {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const { return x >= y; }
};
struct LogicalAnd {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const {
    return (x != T(0)) & (y != T(0));
  }
};
struct LogicalOr {
  template <class T> NNRUN_INLINE uint8_t operator()(T x, T y) const {
    return (x != T(0)) | (y != T(0));
  }
};

// Of an incoming gradient g and the result y of the function.
struct ReluGrad {
  template <class T> NNRUN_INLINE T operator()(T g, T y) const { return y > T(0) ? g : T(0); }
};
struct SigmoidGrad {
  template <class T> NNRUN_INLINE T operator()(T g, T y) const { return g * y * (T(1) - y); }
};
struct TanhGrad {
  template <class T> NNRUN_INLINE T operator()(T g, T y) const { return g * (T(1) - y * y); }
};

}  // namespace nnrun::onednn::NNRUN_ISA
