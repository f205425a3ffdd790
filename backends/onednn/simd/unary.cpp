#include "backends/onednn/simd/ops.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

template <class F>
concept Patched = requires(float x) {
  F::vectorizes(x);
};

template <class F, class X, class Y>
NNRUN_INLINE void row(const X* x, Y* y, int64_t n, int64_t dx, int64_t dy) {
  const F f;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i * dy] = narrow<Y>(f(widen(x[i * dx])));
}

/// A function with a range in which it vectorizes: 256 elements at a time, then the others alone.
template <class F, class T> void patched_row(const T* x, T* y, int64_t n, int64_t dx, int64_t dy) {
  constexpr int64_t kBlock = 256;
  float in[kBlock], out[kBlock];
  for (; n > 0; n -= kBlock, x += kBlock * dx, y += kBlock * dy) {
    const int64_t m = n < kBlock ? n : kBlock;
    row<Same, T, float>(x, in, m, dx, 1);
    row<F, float, float>(in, out, m, 1, 1);
    int outside = 0;
    for (int64_t i = 0; i < m; ++i) outside += F::vectorizes(in[i]) ? 0 : 1;
    for (int64_t i = 0; outside > 0 && i < m; ++i) {
      if (!F::vectorizes(in[i])) out[i] = F::exact(in[i]);
    }
    row<Same, float, T>(out, y, m, 1, dy);
  }
}

template <class F, class X, class Y> void loop(void* const* p, const Tile& t) {
  const int64_t dx = t.col_step[0], dy = t.col_step[1];
  for (int64_t r = 0; r < t.rows; ++r) {
    const X* x = static_cast<const X*>(p[0]) + r * t.row_step[0];
    Y* y = static_cast<Y*>(p[1]) + r * t.row_step[1];
    if constexpr (Patched<F> && std::is_same_v<wide_t<X>, float>) {
      patched_row<F>(x, y, t.cols, dx, dy);
    } else if (dx == 1 && dy == 1) {
      row<F>(x, y, t.cols, 1, 1);
    } else {
      row<F>(x, y, t.cols, dx, dy);
    }
  }
}

template <class F> TileLoop floats(DType t) {
  return with_type(t, [](auto x) -> TileLoop {
    using T = decltype(x);
    if constexpr (is_float_type<T>) return loop<F, T, T>;
    return nullptr;
  });
}
template <class F> TileLoop numbers(DType t) {
  return with_type(t, [](auto x) -> TileLoop {
    using T = decltype(x);
    if constexpr (!std::is_same_v<T, b8>) return loop<F, T, T>;
    return nullptr;
  });
}
TileLoop finite(DType t) {
  return with_type(t, [](auto x) -> TileLoop {
    using T = decltype(x);
    if constexpr (is_float_type<T>) return loop<IsFinite, T, b8>;
    return nullptr;
  });
}

}  // namespace

TileLoop unary_loop(UnaryOp op, DType t) {
  switch (op) {
    case UnaryOp::neg: return numbers<Neg>(t);
    case UnaryOp::abs: return numbers<Abs>(t);
    case UnaryOp::sign: return numbers<Sign>(t);
    case UnaryOp::exp: return floats<Exp>(t);
    case UnaryOp::expm1: return floats<Expm1>(t);
    case UnaryOp::log: return floats<Log>(t);
    case UnaryOp::log1p: return floats<Log1p>(t);
    case UnaryOp::sqrt: return floats<Sqrt>(t);
    case UnaryOp::rsqrt: return floats<Rsqrt>(t);
    case UnaryOp::sin: return floats<Sine<false>>(t);
    case UnaryOp::cos: return floats<Sine<true>>(t);
    case UnaryOp::tanh: return floats<Tanh>(t);
    case UnaryOp::sigmoid: return floats<Sigmoid>(t);
    case UnaryOp::erf: return floats<Erf>(t);
    case UnaryOp::relu: return floats<Relu>(t);
    case UnaryOp::floor: return floats<Floor>(t);
    case UnaryOp::ceil: return floats<Ceil>(t);
    case UnaryOp::round: return floats<Round>(t);
    case UnaryOp::isfinite: return finite(t);
    case UnaryOp::logical_not: return t == DType::boolean ? loop<LogicalNot, b8, b8> : nullptr;
  }
  return nullptr;
}

}  // namespace nnrun::onednn::NNRUN_ISA
