// Element types, the types they compute in, and the conversions between them: the same values as
// <nnrun/sdk/dtype.hpp>.
typedef long long i64;
typedef unsigned long long u64;
typedef unsigned int u32;
typedef unsigned char u8;
typedef unsigned short u16;

struct f16 {
  u16 bits;
};
struct bf16 {
  u16 bits;
};

template <class A, class B> struct Same { static const bool value = false; };
template <class A> struct Same<A, A> { static const bool value = true; };
template <class T> struct IsFloat { static const bool value = false; };
template <> struct IsFloat<float> { static const bool value = true; };
template <> struct IsFloat<double> { static const bool value = true; };

/// 16-bit floats compute in float, everything else as it is.
template <class T> struct Wide { typedef T type; };
template <> struct Wide<f16> { typedef float type; };
template <> struct Wide<bf16> { typedef float type; };

template <class T> struct Limits;
template <> struct Limits<int> {
  static __device__ int lowest() { return -2147483647 - 1; }
  static __device__ int highest() { return 2147483647; }
};
template <> struct Limits<i64> {
  static __device__ i64 lowest() { return -9223372036854775807ll - 1; }
  static __device__ i64 highest() { return 9223372036854775807ll; }
};
template <> struct Limits<u8> {
  static __device__ u8 lowest() { return 0; }
  static __device__ u8 highest() { return 255; }
};
template <> struct Limits<float> {
  static __device__ float lowest() { return -__int_as_float(0x7f800000); }
  static __device__ float highest() { return __int_as_float(0x7f800000); }
};
template <> struct Limits<double> {
  static __device__ double lowest() { return -__longlong_as_double(0x7ff0000000000000ll); }
  static __device__ double highest() { return __longlong_as_double(0x7ff0000000000000ll); }
};

__device__ inline float widen(bf16 x) { return __int_as_float(int(u32(x.bits) << 16)); }
#ifdef __CUDA_ARCH__
__device__ inline float widen(f16 x) {
  float v;
  asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(x.bits));
  return v;
}
__device__ inline f16 to_f16(float v) {
  f16 r;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(r.bits) : "f"(v));
  return r;
}
#else
__device__ inline float widen(f16 x) {
  const u32 sign = (x.bits & 0x8000u) << 16, exp = (x.bits >> 10) & 31u, man = x.bits & 0x3ffu;
  if (exp == 31) return __int_as_float(int(sign | 0x7f800000u | (man << 13)));
  if (exp != 0) return __int_as_float(int(sign | ((exp + 112u) << 23) | (man << 13)));
  const float v = float(man) * 0x1p-24f;
  return sign != 0 ? -v : v;
}
__device__ inline f16 to_f16(float v) {
  const u32 u = u32(__float_as_int(v)), sign = (u >> 16) & 0x8000u, mag = u & 0x7fffffffu;
  f16 r;
  if (mag > 0x7f800000u) {
    r.bits = u16(0x7fffu);
  } else if (mag >= 0x477ff000u) {  // rounds to 2^16 or more
    r.bits = u16(sign | 0x7c00u);
  } else if (mag >= 0x38800000u) {
    r.bits = u16(sign | ((mag + 0xfffu + ((mag >> 13) & 1u) - 0x38000000u) >> 13));
  } else {  // subnormal: the addition aligns the mantissa and rounds
    r.bits = u16(sign | (u32(__float_as_int(__int_as_float(int(mag)) + 0.5f)) - 0x3f000000u));
  }
  return r;
}
#endif
__device__ inline bf16 to_bf16(float v) {
  const u32 u = u32(__float_as_int(v));
  bf16 r;
  r.bits = (u & 0x7fffffffu) > 0x7f800000u ? u16((u >> 16) | 0x40u)
                                           : u16((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
  return r;
}
template <class T> __device__ inline T widen(T x) { return x; }

/// The float next to v whose last bit says that v lies beside it: a 16-bit float made from it is v
/// rounded once.
__device__ inline float to_odd(double v) {
  const float f = float(v);
  const double back = f;
  const int bits = __float_as_int(f);
  if (back == v || v != v || (bits & 1) != 0) return f;
  return __int_as_float((v < 0 ? back > v : back < v) ? bits + 1 : bits - 1);
}
__device__ inline float nearly(float v) { return v; }
__device__ inline float nearly(double v) { return to_odd(v); }
__device__ inline float nearly(int v) { return to_odd(v); }
__device__ inline float nearly(i64 v) { return to_odd(double(v)); }
__device__ inline float nearly(u8 v) { return v; }
__device__ inline float nearly(bool v) { return v; }

/// A value of a computation as another type; what the op `cast` means.
template <class To> struct Convert {
  template <class V> static __device__ To of(V v) { return To(v); }
};
template <> struct Convert<bool> {
  template <class V> static __device__ bool of(V v) { return v != V(0); }
};
template <> struct Convert<f16> {
  template <class V> static __device__ f16 of(V v) { return to_f16(nearly(v)); }
};
template <> struct Convert<bf16> {
  template <class V> static __device__ bf16 of(V v) { return to_bf16(nearly(v)); }
};
/// Floats become integers by truncation, saturating; NaN becomes 0.
template <class To, class V> __device__ inline To saturated(V v, V above) {
  if (v != v) return To(0);
  if (v >= above) return Limits<To>::highest();
  if (v <= V(Limits<To>::lowest())) return Limits<To>::lowest();
  return To(v);
}
template <> struct Convert<int> {
  template <class V> static __device__ int of(V v) { return int(v); }
  static __device__ int of(float v) { return saturated<int>(v, 2147483648.0f); }
  static __device__ int of(double v) { return saturated<int>(v, 2147483648.0); }
};
template <> struct Convert<i64> {
  template <class V> static __device__ i64 of(V v) { return i64(v); }
  static __device__ i64 of(float v) { return saturated<i64>(v, 9223372036854775808.0f); }
  static __device__ i64 of(double v) { return saturated<i64>(v, 9223372036854775808.0); }
};
template <> struct Convert<u8> {
  template <class V> static __device__ u8 of(V v) { return u8(v); }
  static __device__ u8 of(float v) { return saturated<u8>(v, 256.0f); }
  static __device__ u8 of(double v) { return saturated<u8>(v, 256.0); }
};
template <class To, class V> __device__ inline To convert(V v) { return Convert<To>::of(v); }
