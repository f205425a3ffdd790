// The ops as functions of handles, for the rules in this folder and in nn/: `x * sigmoid(x)`.
// Operands of one call have one dtype; a plain number becomes a scalar constant of that dtype.
// Shapes broadcast as in NumPy. For an op without a function here, use b.call1("name", {...}).
#pragma once

#include <cstdint>
#include <vector>

#include "core/ops/builder.h"

namespace nnrun {

using Ints = std::vector<int64_t>;

/// A rank-0 constant of that dtype.
inline Var scalar(Builder& b, DType dtype, double v) { return b.constant(Array::scalar(dtype, v)); }
inline Var like(Var x, double v) { return scalar(*x.b, x.dtype(), v); }

#define NNRUN_UNARY(f) \
  inline Var f(Var x) { return x.b->call1(#f, {x}); }
NNRUN_UNARY(neg)
NNRUN_UNARY(abs)
NNRUN_UNARY(sign)
NNRUN_UNARY(exp)
NNRUN_UNARY(expm1)
NNRUN_UNARY(log)
NNRUN_UNARY(log1p)
NNRUN_UNARY(sqrt)
NNRUN_UNARY(rsqrt)
NNRUN_UNARY(sin)
NNRUN_UNARY(cos)
NNRUN_UNARY(tanh)
NNRUN_UNARY(sigmoid)
NNRUN_UNARY(relu)
NNRUN_UNARY(erf)
NNRUN_UNARY(floor)
NNRUN_UNARY(isfinite)
NNRUN_UNARY(logical_not)
#undef NNRUN_UNARY

#define NNRUN_BINARY(f)                                         \
  inline Var f(Var x, Var y) { return x.b->call1(#f, {x, y}); } \
  inline Var f(Var x, double y) { return f(x, like(x, y)); }    \
  inline Var f(double x, Var y) { return f(like(y, x), y); }
NNRUN_BINARY(add)
NNRUN_BINARY(sub)
NNRUN_BINARY(mul)
NNRUN_BINARY(div)
NNRUN_BINARY(pow)
NNRUN_BINARY(maximum)
NNRUN_BINARY(minimum)
NNRUN_BINARY(eq)
NNRUN_BINARY(ne)
NNRUN_BINARY(lt)
NNRUN_BINARY(le)
NNRUN_BINARY(gt)
NNRUN_BINARY(ge)
#undef NNRUN_BINARY
inline Var logical_and(Var x, Var y) { return x.b->call1("logical_and", {x, y}); }
inline Var logical_or(Var x, Var y) { return x.b->call1("logical_or", {x, y}); }

#define NNRUN_OPERATOR(op, f)                                 \
  inline Var operator op(Var x, Var y) { return f(x, y); }    \
  inline Var operator op(Var x, double y) { return f(x, y); } \
  inline Var operator op(double x, Var y) { return f(x, y); }
NNRUN_OPERATOR(+, add)
NNRUN_OPERATOR(-, sub)
NNRUN_OPERATOR(*, mul)
NNRUN_OPERATOR(/, div)
#undef NNRUN_OPERATOR
inline Var operator-(Var x) { return neg(x); }

/// Element-wise choice; condition is bool.
inline Var where(Var condition, Var x, Var y) { return x.b->call1("where", {condition, x, y}); }
inline Var cast(Var x, DType to) {
  return x.dtype() == to ? x : x.b->call1("cast", {x}, {{"dtype", to}});
}

// Reductions. No dims: all of them.
inline Var reduce(const char* op, Var x, const Ints& dims, bool keepdim) {
  return x.b->call1(op, {x}, {{"dims", dims}, {"keepdim", keepdim}});
}
inline Var sum(Var x, const Ints& dims = {}, bool keepdim = false) {
  return reduce("sum", x, dims, keepdim);
}
inline Var mean(Var x, const Ints& dims = {}, bool keepdim = false) {
  return reduce("mean", x, dims, keepdim);
}
inline Var max(Var x, const Ints& dims = {}, bool keepdim = false) {
  return reduce("max", x, dims, keepdim);
}
inline Var min(Var x, const Ints& dims = {}, bool keepdim = false) {
  return reduce("min", x, dims, keepdim);
}
/// Sums x over the dimensions in which `shape` was broadcast to x's: the gradient of broadcasting.
Var sum_to(Var x, const Shape& shape);

// Views.
inline Var reshape(Var x, const Shape& shape) {
  return x.shape() == shape ? x : x.b->call1("reshape", {x}, {{"shape", shape.vector()}});
}
inline Var permute(Var x, const Ints& dims) { return x.b->call1("permute", {x}, {{"dims", dims}}); }
/// Swaps two dimensions.
Var transpose(Var x, int64_t dim0, int64_t dim1);
inline Var expand(Var x, const Shape& shape) {
  return x.shape() == shape ? x : x.b->call1("expand", {x}, {{"shape", shape.vector()}});
}
inline Var slice(Var x, int64_t dim, int64_t start, int64_t end, int64_t step = 1) {
  return x.b->call1("slice", {x}, {{"dim", dim}, {"start", start}, {"end", end}, {"step", step}});
}
/// A dimension of size 1 before `dim` (which may be rank, or negative counting from the end + 1).
Var unsqueeze(Var x, int64_t dim);

inline Var concat(std::span<const Var> xs, int64_t dim) {
  return xs[0].b->call("concat", xs, {{"dim", dim}})[0];
}
/// (..., M, K) by (..., K, N): equal ranks >= 2, leading dimensions broadcast.
inline Var matmul(Var x, Var y) { return x.b->call1("matmul", {x, y}); }

/// A constant of one value in that shape (stored once, expanded).
inline Var full(Builder& b, DType dtype, const Shape& shape, double v) {
  return expand(scalar(b, dtype, v), shape);
}
inline Var zeros_like(Var x) { return full(*x.b, x.dtype(), x.shape(), 0); }

}  // namespace nnrun
