// Reductions, orders and products.
#include "core/eager/autograd.h"
#include "core/eager/promote.h"

namespace nnrun {
namespace {

Attrs over(IntArrayRef dims, bool keepdim) { return {{"dims", dims.vec()}, {"keepdim", keepdim}}; }

/// Bools are ordered as bytes.
Tensor ordered(const Tensor& x, const char* op) {
  return defined(x, op).dtype == DType::boolean ? cast_to(x, kByte) : x;
}

Tensor counted(const Tensor& x, optional<ScalarType> dtype, const char* op) {
  defined(x, op);
  if (dtype) return cast_to(x, *dtype);
  return x.is_floating_point() ? x : cast_to(x, kLong);
}
Tensor floats(const Tensor& x, optional<ScalarType> dtype, const char* op) {
  defined(x, op);
  const Tensor y = dtype ? cast_to(x, *dtype) : x;
  if (y.is_floating_point()) return y;
  throw Error(Code::model,
              std::string("[") + op + "] is of floats, not of " + toString(y.scalar_type()))
      .with_hint("convert it with .to(torch::kFloat)");
}

std::tuple<Tensor, Tensor> extreme(const EagerOp& arg, const Tensor& x, int64_t dim, bool keepdim) {
  const Tensor where =
      call1(arg, ordered(x, arg.def->name.c_str() + 3).detach(), {{"dim", dim}, {"keepdim", true}});
  Tensor values = x.dim() == 0 ? x.clone() : gather(x, dim, where);
  if (keepdim || x.dim() == 0) return {values, where};
  return {values.squeeze(dim), where.squeeze(dim)};
}
Tensor arg_extreme(const EagerOp& arg, const Tensor& x, optional<int64_t> dim, bool keepdim) {
  defined(x, arg.def->name.c_str());
  Attrs a{{"keepdim", keepdim}};
  if (dim) a.set("dim", *dim);
  return call1(arg, x.detach(), a);
}

void need_dims(const char* op, const Tensor& x, int64_t dims) {
  defined(x, op);
  if (x.dim() == dims) return;
  throw Error(Code::model, std::string("[") + op + "] operands have shapes of " +
                               std::to_string(dims) + " dimensions, not " + body(x).shape.str())
      .with_hint("add dimensions with unsqueeze(), or use matmul()");
}
void need_one_dtype(const char* op, const Tensor& a, const Tensor& b) {
  if (a.scalar_type() == b.scalar_type()) return;
  throw Error(Code::model, std::string("[") + op + "] operands are " + toString(a.scalar_type()) +
                               " and " + toString(b.scalar_type()) + ", expected one dtype")
      .with_hint("convert one of them with .to(...)");
}
/// Of matrices; a vector is a column on the right, and a row on the left.
Tensor product(const char* op, const Tensor& a, const Tensor& b) {
  static const EagerOp matmul("matmul");
  need_one_dtype(op, a, b);
  const Shape &x = body(a).shape, &y = body(b).shape;
  const int64_t rows = y[std::max(y.rank() - 2, 0)];
  if (x.back() != rows) {
    throw Error(Code::model, std::string("[") + op + "] shapes " + x.str() + " and " + y.str() +
                                 " cannot be multiplied: " + std::to_string(x.back()) + " and " +
                                 std::to_string(rows) + " differ")
        .with_hint("transpose one of them with t(), if that is meant");
  }
  if (x.rank() == 1) return call1(matmul, a.unsqueeze(0), b.unsqueeze(1)).squeeze();
  return y.rank() == 1 ? call1(matmul, a, b.unsqueeze(1)).squeeze(1) : call1(matmul, a, b);
}

}  // namespace

Tensor sum(const Tensor& self, optional<ScalarType> dtype) { return sum(self, {}, false, dtype); }
Tensor sum(const Tensor& self, IntArrayRef dim, bool keepdim, optional<ScalarType> dtype) {
  static const EagerOp op("sum");
  return call1(op, counted(self, dtype, "sum"), over(dim, keepdim));
}
Tensor mean(const Tensor& self, optional<ScalarType> dtype) { return mean(self, {}, false, dtype); }
Tensor mean(const Tensor& self, IntArrayRef dim, bool keepdim, optional<ScalarType> dtype) {
  static const EagerOp op("mean");
  return call1(op, floats(self, dtype, "mean"), over(dim, keepdim));
}
Tensor prod(const Tensor& self, optional<ScalarType> dtype) {
  static const EagerOp op("prod");
  return call1(op, counted(self, dtype, "prod"), over({}, false));
}
Tensor prod(const Tensor& self, int64_t dim, bool keepdim, optional<ScalarType> dtype) {
  static const EagerOp op("prod");
  return call1(op, counted(self, dtype, "prod"), over(dim, keepdim));
}
Tensor var(const Tensor& self, bool unbiased) { return var(self, {}, unbiased, false); }
Tensor var(const Tensor& self, int dim) { return var(self, {int64_t(dim)}, true, false); }
Tensor var(const Tensor& self, IntArrayRef dim, bool unbiased, bool keepdim) {
  static const EagerOp op("var");
  Attrs a = over(dim, keepdim);
  a.set("correction", unbiased ? 1.0 : 0.0);
  return call1(op, floats(self, nullopt, "var"), a);
}
Tensor std(const Tensor& self, bool unbiased) { return sqrt(var(self, unbiased)); }
Tensor std(const Tensor& self, int dim) { return sqrt(var(self, dim)); }
Tensor std(const Tensor& self, IntArrayRef dim, bool unbiased, bool keepdim) {
  return sqrt(var(self, dim, unbiased, keepdim));
}

Tensor norm(const Tensor& self, const Scalar& p) { return norm(self, p, {}, false); }
Tensor norm(const Tensor& self, const optional<Scalar>& p, IntArrayRef dim, bool keepdim) {
  const Tensor x = floats(self, nullopt, "norm");
  const double order = p ? p->toDouble() : 2;
  if (order == 0) return sum(ne(x, 0).to(x.scalar_type()), dim, keepdim);
  if (order == 1) return sum(abs(x), dim, keepdim);
  if (order == std::numeric_limits<double>::infinity()) return amax(abs(x), dim, keepdim);
  if (order == -std::numeric_limits<double>::infinity()) return amin(abs(x), dim, keepdim);
  // At 0 the root has no derivative; the norm's is taken as 0 there.
  const Tensor total =
      order == 2 ? sum(mul(x, x), dim, keepdim) : sum(pow(abs(x), order), dim, keepdim);
  const Tensor none = eq(total, 0), safe = masked_fill(total, none, 1);
  return masked_fill(order == 2 ? sqrt(safe) : pow(safe, 1 / order), none, 0);
}

namespace {
/// Of bytes, as PyTorch has it, what is true is a byte as well.
Tensor truth(const Tensor& t, const Tensor& of) {
  return of.scalar_type() == kByte ? t.to(kByte) : t;
}
}  // namespace
Tensor all(const Tensor& self) {
  defined(self, "all");
  return truth(eq(sum(eq(self, 0)), 0), self);
}
Tensor any(const Tensor& self) {
  defined(self, "any");
  return truth(ne(sum(ne(self, 0)), 0), self);
}

namespace {
Tensor whole_extreme(const EagerOp& op, const Tensor& x) {
  return cast_to(call1(op, ordered(x, op.def->name.c_str()), over({}, false)), x.scalar_type());
}
}  // namespace
Tensor max(const Tensor& self) {
  static const EagerOp op("max");
  return whole_extreme(op, self);
}
Tensor min(const Tensor& self) {
  static const EagerOp op("min");
  return whole_extreme(op, self);
}
Tensor amax(const Tensor& self, IntArrayRef dim, bool keepdim) {
  static const EagerOp op("max");
  return cast_to(call1(op, ordered(self, "amax"), over(dim, keepdim)), self.scalar_type());
}
Tensor amin(const Tensor& self, IntArrayRef dim, bool keepdim) {
  static const EagerOp op("min");
  return cast_to(call1(op, ordered(self, "amin"), over(dim, keepdim)), self.scalar_type());
}
std::tuple<Tensor, Tensor> max(const Tensor& self, int64_t dim, bool keepdim) {
  static const EagerOp op("argmax");
  return extreme(op, self, dim, keepdim);
}
std::tuple<Tensor, Tensor> min(const Tensor& self, int64_t dim, bool keepdim) {
  static const EagerOp op("argmin");
  return extreme(op, self, dim, keepdim);
}
Tensor argmax(const Tensor& self, optional<int64_t> dim, bool keepdim) {
  static const EagerOp op("argmax");
  return arg_extreme(op, self, dim, keepdim);
}
Tensor argmin(const Tensor& self, optional<int64_t> dim, bool keepdim) {
  static const EagerOp op("argmin");
  return arg_extreme(op, self, dim, keepdim);
}

std::tuple<Tensor, Tensor> topk(const Tensor& self, int64_t k, int64_t dim, bool largest, bool) {
  static const EagerOp op("topk");
  if (defined(self, "topk").shape.rank() == 0) {
    auto [values, where] = topk(self.unsqueeze(0), k, dim, largest);
    return {values.squeeze(0), where.squeeze(0)};
  }
  auto r = call(*op.def, TensorSpan(&self, 1), {{"k", k}, {"dim", dim}, {"largest", largest}});
  return {r[0], r[1]};
}
std::tuple<Tensor, Tensor> sort(const Tensor& self, int64_t dim, bool descending) {
  static const EagerOp op("sort");
  const Tensor x = ordered(self, "sort");
  auto r = call(*op.def, TensorSpan(&x, 1), {{"dim", dim}, {"descending", descending}});
  return {cast_to(r[0], self.scalar_type()), r[1]};
}
Tensor argsort(const Tensor& self, int64_t dim, bool descending) {
  return std::get<1>(sort(self.detach(), dim, descending));
}
Tensor cumsum(const Tensor& self, int64_t dim, optional<ScalarType> dtype) {
  static const EagerOp op("cumsum");
  return call1(op, counted(self, dtype, "cumsum"), {{"dim", dim}});
}

bool equal(const Tensor& self, const Tensor& other) {
  defined(self, "equal");
  defined(other, "equal");
  NoGradGuard guard;
  return body(self).shape == body(other).shape && all(eq(self, other)).item<bool>();
}
bool allclose(const Tensor& self, const Tensor& other, double rtol, double atol, bool equal_nan) {
  NoGradGuard guard;
  defined(self, "allclose");
  defined(other, "allclose");
  need_one_dtype("allclose", self, other);
  Tensor close = eq(self, other);
  if (equal_nan) close = logical_or(close, logical_and(isnan(self), isnan(other)));
  if (self.is_floating_point()) {
    const Tensor near = le(abs(self - other), atol + rtol * abs(other));
    close = logical_or(close, logical_and(near, isfinite(self - other)));
  }
  return all(close).item<bool>();
}

Tensor mm(const Tensor& self, const Tensor& mat2) {
  need_dims("mm", self, 2);
  need_dims("mm", mat2, 2);
  return product("mm", self, mat2);
}
Tensor bmm(const Tensor& self, const Tensor& mat2) {
  need_dims("bmm", self, 3);
  need_dims("bmm", mat2, 3);
  if (self.size(0) != mat2.size(0)) {
    throw Error(Code::model, "[bmm] batches of " + std::to_string(self.size(0)) + " and " +
                                 std::to_string(mat2.size(0)) + " matrices")
        .with_hint("use matmul(), which broadcasts batches");
  }
  return product("bmm", self, mat2);
}
Tensor mv(const Tensor& self, const Tensor& vec) {
  need_dims("mv", self, 2);
  need_dims("mv", vec, 1);
  return product("mv", self, vec);
}
Tensor dot(const Tensor& self, const Tensor& tensor) {
  need_dims("dot", self, 1);
  need_dims("dot", tensor, 1);
  return product("dot", self, tensor);
}

Tensor matmul(const Tensor& self, const Tensor& other) {
  const detail::TensorBody& a = defined(self, "matmul");
  const detail::TensorBody& b = defined(other, "matmul");
  const int ra = a.shape.rank(), rb = b.shape.rank();
  if (ra == 2 && rb == 2) return product("matmul", self, other);
  if (ra == 0 || rb == 0) {
    throw Error(Code::model, "[matmul] operands need at least one dimension, shapes are " +
                                 a.shape.str() + " and " + b.shape.str())
        .with_hint("use mul() for a number");
  }
  if (ra == 1 && rb == 1) return dot(self, other);
  if (ra == 1) return matmul(self.unsqueeze(0), other).squeeze(-2);
  if (rb == 1) return matmul(self, other.unsqueeze(1)).squeeze(-1);
  if (rb == 2 && self.is_contiguous()) {  // one product of all rows
    std::vector<int64_t> sizes = self.sizes().vec();
    const int64_t inner = sizes.back();
    sizes.back() = b.shape[1];
    if (inner != 0) return product("matmul", self.reshape({-1, inner}), other).view(sizes);
  }
  Tensor x = self, y = other;
  while (x.dim() < y.dim()) x = x.unsqueeze(0);
  while (y.dim() < x.dim()) y = y.unsqueeze(0);
  return product("matmul", x, y);
}

Tensor addmm(const Tensor& self, const Tensor& mat1, const Tensor& mat2, const Scalar& beta,
             const Scalar& alpha) {
  const auto times = [](const Scalar& s, const Tensor& t) {
    return s.toDouble() == 1 ? t : mul(t, s);
  };
  need_dims("addmm", mat1, 2);
  need_dims("addmm", mat2, 2);
  const Tensor xy = times(alpha, product("addmm", mat1, mat2));
  return beta.toDouble() == 0 ? xy : add(times(beta, self), xy);
}

}  // namespace nnrun
