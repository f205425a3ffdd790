// cast, copy, where: moving elements.
#include "backends/onednn/simd/elements.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

/// float64 to float32 rounded to odd, so that rounding once more to 16 bits is right.
NNRUN_INLINE float round_to_odd(double v) {
  const float f = float(v);
  const uint32_t bits = bits_as<uint32_t>(f);
  const double back = f;
  const bool outward = v < 0 ? back > v : back < v;
  const bool exact = back == v || v != v || (bits & 1u) != 0;
  return bits_as<float>(exact ? bits : outward ? bits + 1 : bits - 1);
}

/// As sdk::convert: floats to integers truncate and saturate, NaN becomes 0.
template <class To, class From> NNRUN_INLINE To convert(From x) {
  using C = wide_t<From>;
  const C v = widen(x);
  if constexpr (std::is_same_v<To, b8>) {
    return {uint8_t(v != C(0))};
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<C>) {
    constexpr int digits = int(sizeof(To)) * 8 - (std::is_signed_v<To> ? 1 : 0);
    constexpr C above = C(uint64_t{1} << (digits - 1)) * 2;  // 2^digits, exact
    constexpr To largest = To((uint64_t{1} << (digits - 1)) - 1 + (uint64_t{1} << (digits - 1)));
    constexpr To lowest = std::is_signed_v<To> ? To(-largest - 1) : To(0);
    const bool inside = v > C(lowest) - (std::is_signed_v<To> ? C(0) : C(1)) && v < above;
    const To limit = v >= above ? largest : v != v ? To(0) : lowest;
    return inside ? To(inside ? v : C(0)) : limit;
  } else if constexpr (is_float_type<To> && !std::is_floating_point_v<To>) {
    if constexpr (std::is_same_v<C, float>) {
      return narrow<To>(v);
    } else {
      return narrow<To>(round_to_odd(double(v)));
    }
  } else {
    return To(v);
  }
}

template <class From, class To> void cast(void* const* p, const Tile& t) {
  const int64_t dx = t.col_step[0], dy = t.col_step[1];
  for (int64_t r = 0; r < t.rows; ++r) {
    const From* x = static_cast<const From*>(p[0]) + r * t.row_step[0];
    To* y = static_cast<To*>(p[1]) + r * t.row_step[1];
    if (dx == 1 && dy == 1) {
#pragma GCC ivdep
      for (int64_t i = 0; i < t.cols; ++i) y[i] = convert<To>(x[i]);
    } else {
      for (int64_t i = 0; i < t.cols; ++i) y[i * dy] = convert<To>(x[i * dx]);
    }
  }
}

/// A block of a transposition fits the first cache with its rows and its columns.
constexpr int64_t kBlock = 16;

template <class T> void copy(void* const* p, const Tile& t) {
  const T* x = static_cast<const T*>(p[0]);
  T* y = static_cast<T*>(p[1]);
  const int64_t dx = t.col_step[0], dy = t.col_step[1], rx = t.row_step[0], ry = t.row_step[1];
  if (dx == 1 && dy == 1) {
    for (int64_t r = 0; r < t.rows; ++r) {
      __builtin_memmove(y + r * ry, x + r * rx, size_t(t.cols) * sizeof(T));
    }
  } else if (rx == 1 && dy == 1 && t.rows > 1) {
    for (int64_t r = 0; r < t.rows; r += kBlock) {
      const int64_t re = r + kBlock < t.rows ? r + kBlock : t.rows;
      for (int64_t i = 0; i < t.cols; i += kBlock) {
        const int64_t ie = i + kBlock < t.cols ? i + kBlock : t.cols;
        for (int64_t j = r; j < re; ++j) {
          for (int64_t k = i; k < ie; ++k) y[j * ry + k] = x[j + k * dx];
        }
      }
    }
  } else {
    for (int64_t r = 0; r < t.rows; ++r) {
      for (int64_t i = 0; i < t.cols; ++i) y[r * ry + i * dy] = x[r * rx + i * dx];
    }
  }
}

template <class T> NNRUN_INLINE void select(const b8* c, const T* x, const T* y, T* out, int64_t n,
                                            int64_t dc, int64_t dx, int64_t dy, int64_t d) {
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) {
    const T a = x[i * dx], b = y[i * dy];
    out[i * d] = c[i * dc].value != 0 ? a : b;
  }
}

template <class T> void where(void* const* p, const Tile& t) {
  const int64_t *s = t.col_step, *rs = t.row_step;
  for (int64_t r = 0; r < t.rows; ++r) {
    const b8* c = static_cast<const b8*>(p[0]) + r * rs[0];
    const T* x = static_cast<const T*>(p[1]) + r * rs[1];
    const T* y = static_cast<const T*>(p[2]) + r * rs[2];
    T* out = static_cast<T*>(p[3]) + r * rs[3];
    if (s[0] == 1 && s[3] == 1 && s[1] == 1 && s[2] == 1) {
      select(c, x, y, out, t.cols, 1, 1, 1, 1);
    } else if (s[0] == 1 && s[3] == 1 && s[1] == 1 && s[2] == 0) {
      const T b = *y;
      select(c, x, &b, out, t.cols, 1, 1, 0, 1);
    } else if (s[0] == 1 && s[3] == 1 && s[1] == 0 && s[2] == 1) {
      const T a = *x;
      select(c, &a, y, out, t.cols, 1, 0, 1, 1);
    } else {
      select(c, x, y, out, t.cols, s[0], s[1], s[2], s[3]);
    }
  }
}

template <class T> void widen_to_compute(const void* from, int64_t step, void* to, int64_t n) {
  const T* x = static_cast<const T*>(from);
  wide_t<T>* out = static_cast<wide_t<T>*>(to);
  if (step == 1) {
    for (int64_t i = 0; i < n; ++i) out[i] = widen(x[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = widen(x[i * step]);
  }
}
template <class T> void narrow_from_compute(const void* from, void* to, int64_t step, int64_t n) {
  const wide_t<T>* x = static_cast<const wide_t<T>*>(from);
  T* out = static_cast<T*>(to);
  if (step == 1) {
    for (int64_t i = 0; i < n; ++i) out[i] = narrow<T>(x[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i * step] = narrow<T>(x[i]);
  }
}

}  // namespace

TileLoop cast_loop(DType from, DType to) {
  return with_type(from, [to](auto x) -> TileLoop {
    return with_type(to, [](auto y) -> TileLoop { return cast<decltype(x), decltype(y)>; });
  });
}
TileLoop copy_loop(int element_bytes) {
  return with_bytes(element_bytes, [](auto x) -> TileLoop { return copy<decltype(x)>; });
}
TileLoop where_loop(int element_bytes) {
  return with_bytes(element_bytes, [](auto x) -> TileLoop { return where<decltype(x)>; });
}

void (*widen_loop(DType t))(const void*, int64_t, void*, int64_t) {
  using Loop = void (*)(const void*, int64_t, void*, int64_t);
  return with_type(t, [](auto x) -> Loop { return widen_to_compute<decltype(x)>; });
}
void (*narrow_loop(DType t))(const void*, void*, int64_t, int64_t) {
  using Loop = void (*)(const void*, void*, int64_t, int64_t);
  return with_type(t, [](auto x) -> Loop { return narrow_from_compute<decltype(x)>; });
}

}  // namespace nnrun::onednn::NNRUN_ISA
