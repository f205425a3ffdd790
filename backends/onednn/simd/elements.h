// Element types as the loops see them: plain structs of bits, and branchless conversions that the
// compiler turns into vector code.
//
// Every source of this folder is compiled once per instruction set, into the namespace NNRUN_ISA.
// Nothing here may have a symbol outside that namespace (no std:: containers, no inline functions
// of other headers that might not be inlined): the linker would keep one copy of it, perhaps the
// one with the largest instructions, for all. The test onednn_isa holds us to it.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "backends/onednn/loops.h"

#define NNRUN_INLINE inline __attribute__((always_inline))

namespace nnrun::onednn::NNRUN_ISA {

struct bf16 {
  uint16_t bits;
};
struct f16 {
  uint16_t bits;
};
struct b8 {
  uint8_t value;
};

template <class To, class From> NNRUN_INLINE To bits_as(From v) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  __builtin_memcpy(&to, &v, sizeof to);
  return to;
}

template <class T> inline constexpr bool is_float_type =
    std::is_floating_point_v<T> || std::is_same_v<T, bf16> || std::is_same_v<T, f16>;

/// The type arithmetic is done in.
template <class T> struct wide { using type = T; };
template <> struct wide<bf16> { using type = float; };
template <> struct wide<f16> { using type = float; };
template <> struct wide<b8> { using type = uint8_t; };
template <class T> using wide_t = typename wide<T>::type;

template <class T> NNRUN_INLINE T widen(T v) { return v; }
NNRUN_INLINE uint8_t widen(b8 v) { return v.value; }
NNRUN_INLINE float widen(bf16 v) { return bits_as<float>(uint32_t(v.bits) << 16); }
NNRUN_INLINE float widen(f16 v) {
  const uint32_t sign = uint32_t(v.bits & 0x8000u) << 16, mag = v.bits & 0x7fffu;
  const uint32_t normal = (mag << 13) + 0x38000000u;
  const uint32_t special = (mag << 13) | 0x7f800000u;
  const uint32_t subnormal = bits_as<uint32_t>(float(int32_t(mag)) * 0x1p-24f);
  uint32_t u = mag >= 0x7c00u ? special : normal;
  u = mag < 0x400u ? subnormal : u;
  return bits_as<float>(u | sign);
}

/// One rounding to nearest even; NaN stays NaN.
template <class T> NNRUN_INLINE T narrow(wide_t<T> v) {
  if constexpr (std::is_same_v<T, bf16>) {
    const uint32_t u = bits_as<uint32_t>(v);
    const uint32_t rounded = (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
    const uint32_t nan = (u >> 16) | 0x40u;
    return {uint16_t((u & 0x7fffffffu) > 0x7f800000u ? nan : rounded)};
  } else if constexpr (std::is_same_v<T, f16>) {
    const uint32_t u = bits_as<uint32_t>(v);
    const uint32_t sign = (u >> 16) & 0x8000u, mag = u & 0x7fffffffu;
    const uint32_t normal = (mag + 0xfffu + ((mag >> 13) & 1u) - 0x38000000u) >> 13;
    const uint32_t subnormal = bits_as<uint32_t>(bits_as<float>(mag) + 0.5f) - 0x3f000000u;
    uint32_t r = mag < 0x38800000u ? subnormal : normal;
    r = mag >= 0x477ff000u ? 0x7c00u : r;  // rounds to 2^16 or more
    r = mag > 0x7f800000u ? 0x7e00u : r;
    return {uint16_t(sign | r)};
  } else if constexpr (std::is_same_v<T, b8>) {
    return {v};
  } else {
    return v;
  }
}

/// f(T{}) with the element type of a dtype; what it answers must be of one type.
template <class F> NNRUN_INLINE auto with_type(DType t, F f) {
  switch (t) {
    case DType::float32: return f(float{});
    case DType::float64: return f(double{});
    case DType::bfloat16: return f(bf16{});
    case DType::float16: return f(f16{});
    case DType::int32: return f(int32_t{});
    case DType::int64: return f(int64_t{});
    case DType::uint8: return f(uint8_t{});
    case DType::boolean: break;
  }
  return f(b8{});
}
/// The same for an element that is only moved.
template <class F> NNRUN_INLINE auto with_bytes(int bytes, F f) {
  switch (bytes) {
    case 1: return f(uint8_t{});
    case 2: return f(uint16_t{});
    case 4: return f(uint32_t{});
    default: return f(uint64_t{});
  }
}

}  // namespace nnrun::onednn::NNRUN_ISA
