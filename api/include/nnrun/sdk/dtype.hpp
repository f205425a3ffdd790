// Element types: the two 16-bit floats as C++ types, the bridge between C++ types, DLDataType and a
// compact enum, and the conversion between them. bfloat16 and float16 convert from float with one
// rounding to nearest even.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "../abi/ops.h"
#include "../abi/tensor.h"
#include "status.hpp"

namespace nnrun::sdk {

struct bfloat16 {
  uint16_t bits = 0;
  bfloat16() = default;
  bfloat16(float v) {
    uint32_t u;
    std::memcpy(&u, &v, 4);
    if ((u & 0x7fffffffu) > 0x7f800000u) {
      bits = static_cast<uint16_t>((u >> 16) | 0x40u);  // keep NaN a NaN
    } else {
      bits = static_cast<uint16_t>((u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
    }
  }
  operator float() const {
    uint32_t u = static_cast<uint32_t>(bits) << 16;
    float v;
    std::memcpy(&v, &u, 4);
    return v;
  }
};

struct float16 {
  uint16_t bits = 0;
  float16() = default;
  float16(float v) {
    uint32_t u;
    std::memcpy(&u, &v, 4);
    const uint32_t sign = (u >> 16) & 0x8000u;
    const uint32_t mag = u & 0x7fffffffu;
    if (mag > 0x7f800000u) {
      bits = static_cast<uint16_t>(sign | 0x7e00u);
    } else if (mag >= 0x477ff000u) {  // rounds to 2^16 or more
      bits = static_cast<uint16_t>(sign | 0x7c00u);
    } else if (mag >= 0x38800000u) {
      const uint32_t r = mag + 0xfffu + ((mag >> 13) & 1u);
      bits = static_cast<uint16_t>(sign | ((r - 0x38000000u) >> 13));
    } else {  // subnormal: the addition aligns the mantissa and rounds
      float f;
      std::memcpy(&f, &mag, 4);
      f += 0.5f;
      std::memcpy(&u, &f, 4);
      bits = static_cast<uint16_t>(sign | (u - 0x3f000000u));
    }
  }
  operator float() const {
    const uint32_t sign = (bits & 0x8000u) << 16;
    const uint32_t exp = (bits >> 10) & 0x1fu;
    const uint32_t man = bits & 0x3ffu;
    uint32_t u;
    float v;
    if (exp == 31) {
      u = sign | 0x7f800000u | (man << 13);
    } else if (exp != 0) {
      u = sign | ((exp + 112u) << 23) | (man << 13);
    } else {
      v = static_cast<float>(man) * 0x1p-24f;
      std::memcpy(&u, &v, 4);
      u |= sign;
    }
    std::memcpy(&v, &u, 4);
    return v;
  }
};

enum class DType : uint8_t { float32, float64, bfloat16, float16, int32, int64, uint8, boolean };
inline constexpr int kDTypes = 8;

/// Bytes of one element.
constexpr int size_of(DType t) {
  constexpr int bytes[kDTypes] = {4, 8, 2, 2, 4, 8, 1, 1};
  return bytes[static_cast<int>(t)];
}

/// The name in model files and messages: "float32", ..., "bool".
constexpr const char* name_of(DType t) {
  constexpr const char* names[kDTypes] = {"float32", "float64", "bfloat16", "float16",
                                          "int32",   "int64",   "uint8",    "bool"};
  return names[static_cast<int>(t)];
}

constexpr bool is_float(DType t) { return static_cast<int>(t) < 4; }

/// NNR_F32, NNR_F64, ...: the bit of a dtype in a mask.
constexpr uint64_t mask_of(DType t) { return uint64_t{1} << static_cast<int>(t); }
inline constexpr uint64_t kFloats = NNR_F32 | NNR_F64 | NNR_BF16 | NNR_F16;
inline constexpr uint64_t kInts = NNR_I32 | NNR_I64 | NNR_U8;
inline constexpr uint64_t kAllDTypes = kFloats | kInts | NNR_B8;

constexpr DLDataType to_dl(DType t) {
  constexpr DLDataType dl[kDTypes] = {{kDLFloat, 32, 1}, {kDLFloat, 64, 1}, {kDLBfloat, 16, 1},
                                      {kDLFloat, 16, 1}, {kDLInt, 32, 1},   {kDLInt, 64, 1},
                                      {kDLUInt, 8, 1},   {kDLBool, 8, 1}};
  return dl[static_cast<int>(t)];
}

/// False when no dtype of ours matches; *out is then untouched.
constexpr bool from_dl(DLDataType d, DType* out) {
  for (int i = 0; i < kDTypes; ++i) {
    const DLDataType c = to_dl(static_cast<DType>(i));
    if (c.code == d.code && c.bits == d.bits && d.lanes == 1) {
      *out = static_cast<DType>(i);
      return true;
    }
  }
  return false;
}

template <class T> struct dtype_of;
template <> struct dtype_of<float> { static constexpr DType value = DType::float32; };
template <> struct dtype_of<double> { static constexpr DType value = DType::float64; };
template <> struct dtype_of<bfloat16> { static constexpr DType value = DType::bfloat16; };
template <> struct dtype_of<float16> { static constexpr DType value = DType::float16; };
template <> struct dtype_of<int32_t> { static constexpr DType value = DType::int32; };
template <> struct dtype_of<int64_t> { static constexpr DType value = DType::int64; };
template <> struct dtype_of<uint8_t> { static constexpr DType value = DType::uint8; };
template <> struct dtype_of<bool> { static constexpr DType value = DType::boolean; };

/// The type arithmetic is done in: the 16-bit floats widen to float, the rest is itself.
template <class T> struct compute_of { using type = T; };
template <> struct compute_of<bfloat16> { using type = float; };
template <> struct compute_of<float16> { using type = float; };
template <class T> using compute_t = typename compute_of<T>::type;

namespace detail {

/// The float next to v whose last bit says that v lies beside it: a 16-bit float made from it is v
/// rounded once.
inline float round_to_odd(double v) {
  const float f = static_cast<float>(v);
  uint32_t bits;
  std::memcpy(&bits, &f, 4);
  const double back = f;
  if (back == v || v != v || (bits & 1u) != 0) return f;
  const bool outward = v < 0 ? back > v : back < v;
  bits = outward ? bits + 1 : bits - 1;
  float odd;
  std::memcpy(&odd, &bits, 4);
  return odd;
}

}  // namespace detail

/// x as another dtype; what the op `cast` means. Floats round once to nearest even (an int64 above
/// 2^53 on its way to 16 bits: twice). A float becomes an integer by truncation, saturating, NaN
/// becoming 0; an integer becomes a narrower one by keeping its low bits; bool is x != 0.
template <class To, class From> To convert(From x) {
  using C = compute_t<From>;
  const C v = static_cast<C>(x);
  if constexpr (std::is_same_v<To, bool>) {
    return v != C(0);
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<C>) {
    using Limits = std::numeric_limits<To>;
    constexpr C above = static_cast<C>(Limits::max() / 2 + 1) * 2;  // a power of 2: exact
    if (v != v) return To(0);
    if (v >= above) return Limits::max();
    if (v <= static_cast<C>(Limits::min())) return Limits::min();
    return static_cast<To>(v);
  } else if constexpr (std::is_same_v<compute_t<To>, To>) {
    return static_cast<To>(v);
  } else if constexpr (std::is_same_v<C, float>) {
    return To(v);
  } else {
    return To(detail::round_to_odd(static_cast<double>(v)));
  }
}

/// Stands for a C++ type in the call of a generic lambda.
template <class T> struct Tag { using type = T; };

/// f(Tag<T>{}) with the C++ type of t, for the dtypes in kMask only: f need not compile for others,
/// and one that arrives all the same throws Failure(INTERNAL).
template <uint64_t kMask = kAllDTypes, class F> decltype(auto) visit(DType t, F&& f) {
  switch (t) {
    case DType::float32:
      if constexpr ((kMask & NNR_F32) != 0) return f(Tag<float>{});
      break;
    case DType::float64:
      if constexpr ((kMask & NNR_F64) != 0) return f(Tag<double>{});
      break;
    case DType::bfloat16:
      if constexpr ((kMask & NNR_BF16) != 0) return f(Tag<bfloat16>{});
      break;
    case DType::float16:
      if constexpr ((kMask & NNR_F16) != 0) return f(Tag<float16>{});
      break;
    case DType::int32:
      if constexpr ((kMask & NNR_I32) != 0) return f(Tag<int32_t>{});
      break;
    case DType::int64:
      if constexpr ((kMask & NNR_I64) != 0) return f(Tag<int64_t>{});
      break;
    case DType::uint8:
      if constexpr ((kMask & NNR_U8) != 0) return f(Tag<uint8_t>{});
      break;
    case DType::boolean:
      if constexpr ((kMask & NNR_B8) != 0) return f(Tag<bool>{});
      break;
  }
  throw Failure(NNR_E_INTERNAL, "a dtype that the offer should have refused");
}

}  // namespace nnrun::sdk
