// Reductions. Floats add up in lanes of float32 for at most kBlock elements, and the blocks in
// double, so that long sums stay exact to the last places; integers are modulo 2^64.
#include "backends/onednn/simd/lanes.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

constexpr int64_t kBlock = 1024;

template <class T> using sum_t = std::conditional_t<is_float_type<T>, double, int64_t>;

template <class A> NNRUN_INLINE A& value(Accumulator& a) {
  if constexpr (std::is_same_v<A, double>) {
    return a.f;
  } else {
    return a.i;
  }
}

template <ReduceOp kOp, class A> NNRUN_INLINE A join(A m, A x) {
  if constexpr (kOp == ReduceOp::sum) {
    if constexpr (std::is_same_v<A, double>) return m + x;
    return A(uint64_t(m) + uint64_t(x));
  } else if constexpr (kOp == ReduceOp::prod) {
    if constexpr (std::is_same_v<A, double>) return m * x;
    return A(uint64_t(m) * uint64_t(x));
  } else if constexpr (kOp == ReduceOp::max) {
    return x > m || x != x ? x : m;
  } else {
    return x < m || x != x ? x : m;
  }
}

/// One block of at most kBlock float32 side by side.
template <ReduceOp kOp> NNRUN_INLINE double block(const float* x, int64_t n) {
  if constexpr (kOp == ReduceOp::sum) {
    return sum_row(
        n, [&](int64_t i) { return load(x + i); },
        [&](int64_t i, int64_t m) { return load_part(x + i, m, 0); });
  } else {
    constexpr bool largest = kOp == ReduceOp::max;
    constexpr float start = largest ? -INFINITY : INFINITY;
    Lanes m = all(start), o = m;
    int64_t i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
      m = extreme<largest>(m, load(x + i));
      o = extreme<largest>(o, load(x + i + kLanes));
    }
    for (; i < n; i += kLanes) {
      m = extreme<largest>(m, n - i >= kLanes ? load(x + i) : load_part(x + i, n - i, start));
    }
    return extreme_of<largest>(extreme<largest>(m, o));
  }
}

template <ReduceOp kOp, class T> void rows(const void* from, int64_t rows, int64_t row_step,
                                           int64_t cols, int64_t step, Accumulator* acc) {
  using A = sum_t<T>;
  A a = value<A>(*acc);
  for (int64_t r = 0; r < rows; ++r) {
    const T* x = static_cast<const T*>(from) + r * row_step;
    if constexpr (std::is_same_v<wide_t<T>, float> && kOp != ReduceOp::prod) {
      float buffer[kBlock];
      for (int64_t i = 0; i < cols; i += kBlock) {
        const int64_t n = cols - i < kBlock ? cols - i : kBlock;
        const float* b = buffer;
        if constexpr (std::is_same_v<T, float>) {
          if (step == 1) b = x + i;
        }
        if (b == buffer) {
          for (int64_t k = 0; k < n; ++k) buffer[k] = widen(x[(i + k) * step]);
        }
        a = join<kOp, A>(a, block<kOp>(b, n));
      }
    } else if (step == 1) {
      for (int64_t i = 0; i < cols; ++i) a = join<kOp, A>(a, A(widen(x[i])));
    } else {
      for (int64_t i = 0; i < cols; ++i) a = join<kOp, A>(a, A(widen(x[i * step])));
    }
  }
  value<A>(*acc) = a;
}

template <ReduceOp kOp, class T>
void columns(const void* from, int64_t rows, int64_t row_step, int64_t cols, Accumulator* acc) {
  using A = sum_t<T>;
  const T* x = static_cast<const T*>(from);
  int64_t j = 0;
  if constexpr (std::is_same_v<T, float> && kOp == ReduceOp::sum) {
    for (; j + kLanes <= cols; j += kLanes) {
      for (int64_t r = 0; r < rows; r += kBlock / 16) {
        const int64_t end = r + kBlock / 16 < rows ? r + kBlock / 16 : rows;
        Lanes s{};
        for (int64_t i = r; i < end; ++i) s += load(x + i * row_step + j);
        for (int64_t k = 0; k < kLanes; ++k) acc[j + k].f += s[k];
      }
    }
  }
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = j; k < cols; ++k) {
      value<A>(acc[k]) = join<kOp, A>(value<A>(acc[k]), A(widen(x[r * row_step + k])));
    }
  }
}

template <ReduceOp kOp, class T> void combine(Accumulator* acc, int64_t n) {
  using A = sum_t<T>;
  for (int64_t i = 1; i < n; ++i) {
    value<A>(acc[0]) = join<kOp, A>(value<A>(acc[0]), value<A>(acc[i]));
  }
}

template <class T>
void finish(const Accumulator* acc, int64_t n, double scale, void* to, int64_t step) {
  T* y = static_cast<T*>(to);
  for (int64_t i = 0; i < n; ++i) {
    if constexpr (is_float_type<T>) {
      y[i * step] = narrow<T>(wide_t<T>(acc[i].f * scale));
    } else {
      y[i * step] = T(acc[i].i);
    }
  }
}

template <ReduceOp kOp, class T> const ReduceLoops* loops_of() {
  static constexpr bool real = is_float_type<T>;
  static constexpr double start = kOp == ReduceOp::sum    ? 0
                                  : kOp == ReduceOp::prod ? 1
                                  : kOp == ReduceOp::max  ? -INFINITY
                                                          : INFINITY;
  static constexpr int64_t int_start = kOp == ReduceOp::sum    ? 0
                                       : kOp == ReduceOp::prod ? 1
                                       : kOp == ReduceOp::max  ? INT64_MIN
                                                               : INT64_MAX;
  static constexpr Accumulator first = real ? Accumulator{.f = start} : Accumulator{.i = int_start};
  static constexpr ReduceLoops all = {first, rows<kOp, T>, columns<kOp, T>, combine<kOp, T>,
                                      finish<T>};
  return &all;
}

template <class T, bool kLargest> int64_t arg_extreme(const void* from, int64_t n, int64_t step) {
  const T* x = static_cast<const T*>(from);
  Accumulator best = {};
  value<sum_t<T>>(best) = sum_t<T>(widen(x[0]));
  rows<kLargest ? ReduceOp::max : ReduceOp::min, T>(from, 1, 0, n, step, &best);
  const auto m = wide_t<T>(value<sum_t<T>>(best));
  for (int64_t i = 0; i < n; ++i) {
    const auto v = widen(x[i * step]);
    if (v == m || (m != m && v != v)) return i;
  }
  return 0;
}

template <class T> bool finite(const void* from, int64_t n) {
  const T* x = static_cast<const T*>(from);
  uint32_t bad = 0;
  for (int64_t i = 0; i < n; ++i) bad |= std::fabs(widen(x[i])) < INFINITY ? 0u : 1u;
  return bad == 0;
}

}  // namespace

const ReduceLoops* reduce_loops(ReduceOp op, DType t) {
  return with_type(t, [op](auto x) -> const ReduceLoops* {
    using T = decltype(x);
    if constexpr (!std::is_same_v<T, b8>) {
      switch (op) {
        case ReduceOp::sum: return loops_of<ReduceOp::sum, T>();
        case ReduceOp::prod: return loops_of<ReduceOp::prod, T>();
        case ReduceOp::max: return loops_of<ReduceOp::max, T>();
        case ReduceOp::min: return loops_of<ReduceOp::min, T>();
      }
    }
    return nullptr;
  });
}

int64_t (*arg_extreme_loop(bool largest, DType t))(const void*, int64_t, int64_t) {
  using Loop = int64_t (*)(const void*, int64_t, int64_t);
  return with_type(t, [largest](auto x) -> Loop {
    using T = decltype(x);
    if constexpr (!std::is_same_v<T, b8>) {
      return largest ? arg_extreme<T, true> : arg_extreme<T, false>;
    }
    return nullptr;
  });
}

bool (*finite_loop(DType t))(const void*, int64_t) {
  using Loop = bool (*)(const void*, int64_t);
  return with_type(t, [](auto x) -> Loop {
    using T = decltype(x);
    if constexpr (is_float_type<T>) return finite<T>;
    return nullptr;
  });
}

int32_t largest_magnitude(const float* x, int64_t n) {
  int32_t most = 0;
  for (int64_t i = 0; i < n; ++i) {
    const int32_t bits = bits_as<int32_t>(x[i]) & 0x7fffffff;
    most = bits > most ? bits : most;
  }
  return most;
}

}  // namespace nnrun::onednn::NNRUN_ISA
