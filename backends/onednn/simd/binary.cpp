#include "backends/onednn/simd/ops.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

template <class F, class X, class Y>
NNRUN_INLINE void row(const X* a, const X* b, Y* y, int64_t n, int64_t da, int64_t db, int64_t dy) {
  const F f;
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i * dy] = narrow<Y>(f(widen(a[i * da]), widen(b[i * db])));
}

/// The steps 0 and 1 as constants are what makes vector code of the loops that matter.
template <class F, class X, class Y> void loop(void* const* p, const Tile& t) {
  const int64_t da = t.col_step[0], db = t.col_step[1], dy = t.col_step[2];
  for (int64_t r = 0; r < t.rows; ++r) {
    const X* a = static_cast<const X*>(p[0]) + r * t.row_step[0];
    const X* b = static_cast<const X*>(p[1]) + r * t.row_step[1];
    Y* y = static_cast<Y*>(p[2]) + r * t.row_step[2];
    if (dy == 1 && da == 1 && db == 1) {
      row<F>(a, b, y, t.cols, 1, 1, 1);
    } else if (dy == 1 && da == 1 && db == 0) {
      const X s = *b;
      row<F>(a, &s, y, t.cols, 1, 0, 1);
    } else if (dy == 1 && da == 0 && db == 1) {
      const X s = *a;
      row<F>(&s, b, y, t.cols, 0, 1, 1);
    } else {
      row<F>(a, b, y, t.cols, da, db, dy);
    }
  }
}

struct Square {
  template <class T> NNRUN_INLINE T operator()(T x, T) const { return x * x; }
};
struct Cube {
  template <class T> NNRUN_INLINE T operator()(T x, T) const { return x * x * x; }
};
struct Inverse {
  template <class T> NNRUN_INLINE T operator()(T x, T) const { return T(1) / x; }
};

/// pow with one exponent for all is mostly one that needs no pow.
template <class T> void pow_loop(void* const* p, const Tile& t) {
  if (t.col_step[1] == 0 && (t.rows == 1 || t.row_step[1] == 0)) {
    const wide_t<T> exponent = widen(*static_cast<const T*>(p[1]));
    if (exponent == 2) return loop<Square, T, T>(p, t);
    if (exponent == 3) return loop<Cube, T, T>(p, t);
    if (exponent == -1) return loop<Inverse, T, T>(p, t);
  }
  loop<Pow, T, T>(p, t);
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
template <class F> TileLoop comparison(DType t) {
  return with_type(t, [](auto x) -> TileLoop { return loop<F, decltype(x), b8>; });
}
TileLoop power(DType t) {
  return with_type(t, [](auto x) -> TileLoop {
    using T = decltype(x);
    if constexpr (is_float_type<T>) return pow_loop<T>;
    return nullptr;
  });
}
template <class F> TileLoop logic(DType t) {
  return t == DType::boolean ? loop<F, b8, b8> : nullptr;
}

}  // namespace

TileLoop binary_loop(BinaryOp op, DType t) {
  switch (op) {
    case BinaryOp::add: return numbers<Add>(t);
    case BinaryOp::sub: return numbers<Sub>(t);
    case BinaryOp::mul: return numbers<Mul>(t);
    case BinaryOp::div: return floats<Div>(t);
    case BinaryOp::pow: return power(t);
    case BinaryOp::maximum: return numbers<Maximum>(t);
    case BinaryOp::minimum: return numbers<Minimum>(t);
    case BinaryOp::eq: return comparison<Eq>(t);
    case BinaryOp::ne: return comparison<Ne>(t);
    case BinaryOp::lt: return comparison<Lt>(t);
    case BinaryOp::le: return comparison<Le>(t);
    case BinaryOp::gt: return comparison<Gt>(t);
    case BinaryOp::ge: return comparison<Ge>(t);
    case BinaryOp::logical_and: return logic<LogicalAnd>(t);
    case BinaryOp::logical_or: return logic<LogicalOr>(t);
    case BinaryOp::relu_grad: return floats<ReluGrad>(t);
    case BinaryOp::sigmoid_grad: return floats<SigmoidGrad>(t);
    case BinaryOp::tanh_grad: return floats<TanhGrad>(t);
  }
  return nullptr;
}

}  // namespace nnrun::onednn::NNRUN_ISA
