// What numbers mean where C++ leaves a gap: integer overflow wraps, NaN has a place in every order.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace nnrun::reference {

/// f(x...) modulo 2^bits on integers, plain on floats. f: + - * of its arguments.
template <class T, class F> T wrapping(F f, T x) {
  if constexpr (std::is_integral_v<T>)
    return static_cast<T>(f(static_cast<uint64_t>(x)));
  else
    return f(x);
}
template <class T, class F> T wrapping(F f, T x, T y) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(f(static_cast<uint64_t>(x), static_cast<uint64_t>(y)));
  } else {
    return f(x, y);
  }
}
template <class T> T plus(T x, T y) {
  return wrapping([](auto a, auto b) { return a + b; }, x, y);
}
template <class T> T times(T x, T y) {
  return wrapping([](auto a, auto b) { return a * b; }, x, y);
}

template <class T> bool is_nan(T x) { return x != x; }

/// The larger and the smaller of two; NaN where one is.
template <class T> T larger(T x, T y) { return is_nan(x) || x > y ? x : y; }
template <class T> T smaller(T x, T y) { return is_nan(x) || x < y ? x : y; }

/// At most, at least any other number.
template <class T> T lowest() {
  using L = std::numeric_limits<T>;
  return L::has_infinity ? -L::infinity() : L::lowest();
}
template <class T> T highest() {
  using L = std::numeric_limits<T>;
  return L::has_infinity ? L::infinity() : L::max();
}

/// A total order (but for equal values) in which NaN comes last.
template <class T> bool less_nan_last(T x, T y) { return x < y || (!is_nan(x) && is_nan(y)); }

}  // namespace nnrun::reference
