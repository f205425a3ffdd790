// Elementwise functions, and the in-place ones.
#include "core/eager/autograd.h"
#include "core/eager/promote.h"

namespace nnrun {
namespace {

/// Whole numbers become floats where the function is not one of whole numbers.
Tensor as_float(const Tensor& x) {
  return x.is_floating_point() ? x : cast_to(x, get_default_dtype_as_scalartype());
}

Tensor unary(const EagerOp& op, const Tensor& x) {
  defined(x, op.def->name.c_str());
  return call1(op, x);
}
Tensor unary_of_floats(const EagerOp& op, const Tensor& x) {
  defined(x, op.def->name.c_str());
  return call1(op, as_float(x));
}

/// A tensor without dimensions on the CPU goes where the other operand is.
Tensor beside(const Tensor& x, const Tensor& other) {
  const bool moves = x.dim() == 0 && &device_of(x) != &device_of(other) && device_of(x).is_host();
  return moves ? x.to(TensorOptions(other.device())) : x;
}

Tensor binary(const EagerOp& op, const Tensor& x, const Tensor& y, bool floats = false) {
  const detail::TensorBody& a = defined(x, op.def->name.c_str());
  const detail::TensorBody& b = defined(y, op.def->name.c_str());
  const bool same_place = a.storage->device == b.storage->device;
  if (a.dtype == b.dtype && same_place && (!floats || is_float(a.dtype))) return call1(op, x, y);
  ScalarType t = result_type(x, y);
  if (floats && !isFloatingType(t)) t = get_default_dtype_as_scalartype();
  return call1(op, cast_to(beside(x, y), t), cast_to(beside(y, x), t));
}

Tensor binary(const EagerOp& op, const Tensor& x, const Scalar& y, bool floats = false) {
  const detail::TensorBody& a = defined(x, op.def->name.c_str());
  ScalarType t = result_type(x, y);
  if (floats && !isFloatingType(t)) t = get_default_dtype_as_scalartype();
  return call1(op, cast_to(x, t), scalar_tensor(*a.storage->device, t, y));
}

bool are_bools(const Tensor& x, const Tensor& y) {
  return x.defined() && y.defined() && x.scalar_type() == kBool && y.scalar_type() == kBool;
}

/// For functions that have no meaning for true and false.
void refuse_bools(const char* op, const Tensor& x) {
  if (defined(x, op).dtype != DType::boolean) return;
  throw Error(Code::model, std::string("[") + op + "] is not of Bool tensors")
      .with_hint("use logical_not, or convert it with .to(...)");
}

bool is_one(const Scalar& s) { return s.toDouble() == 1; }

/// Operand 1 of an in-place function: in the first one's dtype and place.
Tensor fitted(const char* op, const Tensor& self, const Tensor& other) {
  defined(self, op);
  defined(other, op);
  const ScalarType t = self.scalar_type();
  const ScalarType result = result_type(self, other);
  const bool loses =
      (isFloatingType(result) && !isFloatingType(t)) || (t == kBool && result != kBool);
  if (loses) {
    throw Error(Code::model, std::string("[") + op + "_] the result is " + toString(result) +
                                 ", which does not fit into " + toString(t))
        .with_hint("use the function without _, or convert the tensor with .to(...)");
  }
  return cast_to(beside(other, self), t);
}
Tensor fitted(const char* op, const Tensor& self, const Scalar& other) {
  const EagerDevice& device = *defined(self, op).storage->device;
  const ScalarType t = self.scalar_type();
  const bool loses =
      (other.isFloatingPoint() && !isFloatingType(t)) || (t == kBool && !other.isBoolean());
  if (loses) {
    throw Error(Code::model, std::string("[") + op + "_] the result is " +
                                 toString(result_type(self, other)) + ", which does not fit into " +
                                 toString(t))
        .with_hint("use the function without _, or convert the tensor with .to(...)");
  }
  return scalar_tensor(device, t, other);
}

Tensor& in_place(const Tensor& self, const EagerOp& op, const Tensor& other) {
  const Tensor in[] = {self, other};
  call_in_place(op, TensorSpan(in, 2));
  return const_cast<Tensor&>(self);
}

Tensor scaled(const Tensor& x, const Scalar& alpha) { return is_one(alpha) ? x : mul(x, alpha); }

}  // namespace

#define NNRUN_UNARY(f)           \
  Tensor f(const Tensor& self) { \
    static const EagerOp op(#f); \
    return unary(op, self);      \
  }
NNRUN_UNARY(abs)
NNRUN_UNARY(neg)
#undef NNRUN_UNARY
Tensor sign(const Tensor& self) {
  static const EagerOp op("sign");
  return self.defined() && self.scalar_type() == kBool ? self.clone() : unary(op, self);
}
Tensor square(const Tensor& self) {
  static const EagerOp op("square");
  defined(self, "square");
  return self.is_floating_point() ? unary(op, self) : pow(self, 2);
}
Tensor relu(const Tensor& self) {
  static const EagerOp op("relu");
  refuse_bools("relu", self);
  return self.is_floating_point() ? unary(op, self) : clamp(self, 0);
}
Tensor logical_not(const Tensor& self) {
  static const EagerOp op("logical_not");
  defined(self, "logical_not");
  return unary(op, cast_to(self, kBool));
}
#define NNRUN_UNARY(f)                \
  Tensor f(const Tensor& self) {      \
    static const EagerOp op(#f);      \
    return unary_of_floats(op, self); \
  }
NNRUN_UNARY(exp)
NNRUN_UNARY(expm1)
NNRUN_UNARY(log)
NNRUN_UNARY(log1p)
NNRUN_UNARY(sqrt)
NNRUN_UNARY(rsqrt)
NNRUN_UNARY(reciprocal)
NNRUN_UNARY(sin)
NNRUN_UNARY(cos)
NNRUN_UNARY(tanh)
NNRUN_UNARY(sigmoid)
NNRUN_UNARY(erf)
#undef NNRUN_UNARY
// Whole numbers are what they are.
#define NNRUN_UNARY(f)                                                \
  Tensor f(const Tensor& self) {                                      \
    static const EagerOp op(#f);                                      \
    refuse_bools(#f, self);                                           \
    return self.is_floating_point() ? call1(op, self) : self.clone(); \
  }
NNRUN_UNARY(floor)
NNRUN_UNARY(ceil)
NNRUN_UNARY(round)
#undef NNRUN_UNARY
#define NNRUN_IN_PLACE(f)                   \
  Tensor& Tensor::f##_() const {            \
    static const EagerOp op(#f);            \
    nnrun::defined(*this, #f);              \
    call_in_place(op, TensorSpan(this, 1)); \
    return changed();                       \
  }
NNRUN_UNARY_FUNCTIONS(NNRUN_IN_PLACE)
#undef NNRUN_IN_PLACE
#define NNRUN_COMPARISON(f)                           \
  Tensor f(const Tensor& self, const Tensor& other) { \
    static const EagerOp op(#f);                      \
    return binary(op, self, other);                   \
  }                                                   \
  Tensor f(const Tensor& self, const Scalar& other) { \
    static const EagerOp op(#f);                      \
    return binary(op, self, other);                   \
  }
NNRUN_COMPARISONS(NNRUN_COMPARISON)
#undef NNRUN_COMPARISON

Tensor isfinite(const Tensor& self) {
  static const EagerOp op("isfinite");
  return unary_of_floats(op, self);
}
Tensor isnan(const Tensor& self) { return ne(self, self); }
Tensor isinf(const Tensor& self) {
  return eq(abs(as_float(self)), std::numeric_limits<double>::infinity());
}

Tensor softmax(const Tensor& self, int64_t dim, optional<ScalarType> dtype) {
  static const EagerOp op("softmax");
  defined(self, "softmax");
  return call1(op, dtype ? cast_to(self, *dtype) : self, {{"dim", dim}});
}
Tensor log_softmax(const Tensor& self, int64_t dim, optional<ScalarType> dtype) {
  static const EagerOp op("log_softmax");
  defined(self, "log_softmax");
  return call1(op, dtype ? cast_to(self, *dtype) : self, {{"dim", dim}});
}

Tensor clamp(const Tensor& self, const optional<Scalar>& min, const optional<Scalar>& max) {
  static const EagerOp op("clamp");
  defined(self, "clamp");
  if (!self.is_floating_point()) {
    Tensor r = self;
    for (const optional<Scalar>& limit : {min, max}) {
      if (limit) r = cast_to(r, result_type(r, *limit));
    }
    if (r.is_floating_point()) return clamp(r, min, max);
    const auto limit = [&](const Scalar& v) {  // below all bytes is 0
      const bool low = r.scalar_type() == kByte && v.toDouble() < 0;
      return scalar_tensor(device_of(r), r.scalar_type(), low ? Scalar(0) : v);
    };
    if (min) r = maximum(r, limit(*min));
    return max ? minimum(r, limit(*max)) : r;
  }
  Attrs a;
  if (min) a.set("min", min->toDouble());
  if (max) a.set("max", max->toDouble());
  return call1(op, self, a);
}

Tensor add(const Tensor& self, const Tensor& other, const Scalar& alpha) {
  static const EagerOp op("add");
  if (are_bools(self, other)) return logical_or(self, other);
  return binary(op, self, scaled(other, alpha));
}
Tensor add(const Tensor& self, const Scalar& other, const Scalar& alpha) {
  static const EagerOp op("add");
  if (self.defined() && self.scalar_type() == kBool && other.isBoolean()) {
    return logical_or(self, scalar_tensor(device_of(self), kBool, other));
  }
  if (is_one(alpha)) return binary(op, self, other);
  return other.isFloatingPoint() || alpha.isFloatingPoint()
             ? binary(op, self, Scalar(other.toDouble() * alpha.toDouble()))
             : binary(op, self, Scalar(other.toLong() * alpha.toLong()));
}
Tensor sub(const Tensor& self, const Tensor& other, const Scalar& alpha) {
  static const EagerOp op("sub");
  refuse_bools("sub", self);
  refuse_bools("sub", other);
  return binary(op, self, scaled(other, alpha));
}
Tensor sub(const Tensor& self, const Scalar& other, const Scalar& alpha) {
  static const EagerOp op("sub");
  refuse_bools("sub", self);
  if (is_one(alpha)) return binary(op, self, other);
  return add(self, other, -alpha);
}
Tensor mul(const Tensor& self, const Tensor& other) {
  static const EagerOp op("mul");
  if (are_bools(self, other)) return logical_and(self, other);
  return binary(op, self, other);
}
Tensor mul(const Tensor& self, const Scalar& other) {
  static const EagerOp op("mul");
  return binary(op, self, other);
}
Tensor div(const Tensor& self, const Tensor& other) {
  static const EagerOp op("div");
  return binary(op, self, other, true);
}
Tensor div(const Tensor& self, const Scalar& other) {
  static const EagerOp op("div");
  return binary(op, self, other, true);
}
// As in libtorch a number before the operator takes the tensor's dtype, so that 1.5 - x is of whole
// numbers where x is, and 1 / x is refused there.
Tensor operator-(const Scalar& x, const Tensor& y) {
  static const EagerOp op("sub");
  refuse_bools("sub", y);
  return call1(op, scalar_tensor(device_of(y), y.scalar_type(), x), y);
}
Tensor operator/(const Scalar& x, const Tensor& y) {
  static const EagerOp op("div");
  defined(y, "div");
  if (!y.is_floating_point()) {
    throw Error(Code::model, std::string("[div] a number by a tensor of ") +
                                 toString(y.scalar_type()) + " would be Float")
        .with_hint("convert the tensor with .to(torch::kFloat)");
  }
  return call1(op, scalar_tensor(device_of(y), y.scalar_type(), x), y);
}
namespace {
/// Powers of whole numbers, by way of doubles.
Tensor whole_pow(const Tensor& x, const Tensor& exponent, ScalarType t) {
  if (t == kBool) throw Error(Code::model, "[pow] is not of Bool and Bool");
  const Tensor y = pow(cast_to(x, kDouble), cast_to(exponent, kDouble));
  return cast_to(cast_to(y, kLong), t);  // which wraps around as products do
}
}  // namespace
Tensor pow(const Tensor& self, const Tensor& exponent) {
  static const EagerOp op("pow");
  defined(self, "pow");
  defined(exponent, "pow");
  const ScalarType t = result_type(self, exponent);
  return isFloatingType(t) ? binary(op, self, exponent) : whole_pow(self, exponent, t);
}
Tensor pow(const Tensor& self, const Scalar& exponent) {
  static const EagerOp op("pow");
  defined(self, "pow");
  if (exponent.toDouble() == 2 && self.is_floating_point()) return square(self);
  if (exponent.toDouble() == 0.5) return sqrt(self);
  const ScalarType t = result_type(self, exponent);
  if (isFloatingType(t)) return binary(op, self, exponent);
  if (exponent.toLong() == 2) return mul(cast_to(self, t), cast_to(self, t));
  if (exponent.toLong() < 0) {
    throw Error(Code::model, "[pow] whole numbers to the power of " +
                                 std::to_string(exponent.toLong()) + " are no whole numbers")
        .with_hint("convert the tensor with .to(torch::kFloat)");
  }
  return whole_pow(self, scalar_tensor(device_of(self), kDouble, exponent), t);
}
Tensor maximum(const Tensor& self, const Tensor& other) {
  static const EagerOp op("maximum");
  if (are_bools(self, other)) return logical_or(self, other);
  return binary(op, self, other);
}
Tensor minimum(const Tensor& self, const Tensor& other) {
  static const EagerOp op("minimum");
  if (are_bools(self, other)) return logical_and(self, other);
  return binary(op, self, other);
}
Tensor max(const Tensor& self, const Tensor& other) { return maximum(self, other); }
Tensor min(const Tensor& self, const Tensor& other) { return minimum(self, other); }
Tensor logical_and(const Tensor& self, const Tensor& other) {
  static const EagerOp op("logical_and");
  return call1(op, self.to(kBool), other.to(kBool));
}
Tensor logical_or(const Tensor& self, const Tensor& other) {
  static const EagerOp op("logical_or");
  return call1(op, self.to(kBool), other.to(kBool));
}

Tensor where(const Tensor& condition, const Tensor& self, const Tensor& other) {
  static const EagerOp op("where");
  defined(condition, "where");
  defined(self, "where");
  defined(other, "where");
  if (condition.scalar_type() != kBool && condition.scalar_type() != kByte) {
    throw Error(Code::model, std::string("[where] the condition is ") +
                                 toString(condition.scalar_type()) + ", expected Bool");
  }
  const ScalarType t = result_type(self, other);
  const Tensor in[] = {cast_to(condition, kBool), cast_to(beside(self, condition), t),
                       cast_to(beside(other, condition), t)};
  return call1(op, TensorSpan(in, 3));
}
Tensor where(const Tensor& condition, const Tensor& self, const Scalar& other) {
  defined(self, "where");
  return where(condition, self, scalar_tensor(device_of(self), result_type(self, other), other));
}
Tensor where(const Tensor& condition, const Scalar& self, const Tensor& other) {
  defined(other, "where");
  return where(condition, scalar_tensor(device_of(other), result_type(self, other), self), other);
}
Tensor masked_fill(const Tensor& self, const Tensor& mask, const Scalar& value) {
  defined(self, "masked_fill");
  return where(mask, scalar_tensor(device_of(self), self.scalar_type(), value), self);
}

Tensor& Tensor::add_(const Tensor& other, const Scalar& alpha) const {
  static const EagerOp op("add");
  if (are_bools(*this, other)) return copy_(logical_or(other));
  return in_place(*this, op, fitted("add", *this, scaled(other, alpha)));
}
Tensor& Tensor::add_(const Scalar& other, const Scalar& alpha) const {
  static const EagerOp op("add");
  return in_place(
      *this, op,
      fitted("add", *this, is_one(alpha) ? other : Scalar(other.toDouble() * alpha.toDouble())));
}
Tensor& Tensor::sub_(const Tensor& other, const Scalar& alpha) const {
  static const EagerOp op("sub");
  return in_place(*this, op, fitted("sub", *this, scaled(other, alpha)));
}
Tensor& Tensor::sub_(const Scalar& other, const Scalar& alpha) const { return add_(-other, alpha); }
Tensor& Tensor::mul_(const Tensor& other) const {
  static const EagerOp op("mul");
  if (are_bools(*this, other)) return copy_(logical_and(other));
  return in_place(*this, op, fitted("mul", *this, other));
}
Tensor& Tensor::mul_(const Scalar& other) const {
  static const EagerOp op("mul");
  return in_place(*this, op, fitted("mul", *this, other));
}
namespace {
void need_floats(const Tensor& t, const char* op) {
  defined(t, op);
  if (t.is_floating_point()) return;
  throw Error(Code::model, std::string("[") + op +
                               "_] the result is Float, which does not fit into " +
                               toString(t.scalar_type()))
      .with_hint("use the function without _, or convert the tensor with .to(...)");
}
}  // namespace
Tensor& Tensor::div_(const Tensor& other) const {
  static const EagerOp op("div");
  need_floats(*this, "div");
  return in_place(*this, op, fitted("div", *this, other));
}
Tensor& Tensor::div_(const Scalar& other) const {
  static const EagerOp op("div");
  need_floats(*this, "div");
  return in_place(*this, op, fitted("div", *this, other));
}
Tensor& Tensor::pow_(const Scalar& exponent) const {
  static const EagerOp op("pow");
  return in_place(*this, op, fitted("pow", *this, exponent));
}
Tensor& Tensor::clamp_(const optional<Scalar>& min, const optional<Scalar>& max) const {
  static const EagerOp op("clamp");
  nnrun::defined(*this, "clamp");
  Attrs a;
  if (min) a.set("min", min->toDouble());
  if (max) a.set("max", max->toDouble());
  call_in_place(op, TensorSpan(this, 1), a);
  return changed();
}
Tensor& Tensor::masked_fill_(const Tensor& mask, const Scalar& value) const {
  return copy_(nnrun::masked_fill(*this, mask, value));
}
Tensor& Tensor::scatter_add_(int64_t dim, const Tensor& index, const Tensor& src) const {
  return copy_(nnrun::scatter_add(*this, dim, index, src));
}

Tensor& Tensor::copy_(const Tensor& src, bool) const {
  const detail::TensorBody& b = nnrun::defined(*this, "copy");
  nnrun::defined(src, "copy");
  check_in_place(*this, "copy");
  Tensor from = src.to(TensorOptions(device()).dtype(scalar_type()));
  if (body(from).shape != b.shape) {
    Shape both;
    if (!broadcast(body(from).shape, b.shape, &both) || both != b.shape) {
      throw Error(Code::model, "[copy_] a tensor of shape " + body(from).shape.str() +
                                   " does not fit into one of shape " + b.shape.str());
    }
    from = from.expand(sizes());
  }
  const bool had_history = grad_mode() && wants_grad(*this);
  if (!had_history && !(grad_mode() && wants_grad(from))) {
    copy_elements(from, *this);
    ++b.storage->version;
    return changed();
  }
  // Its old history goes on, with zero gradients; a view's base knows that by itself.
  if (had_history && b.view == nullptr) {
    from = nnrun::where(scalar_tensor(device_of(*this), kBool, true), from, *this);
  }
  copy_elements(from, *this);
  ++b.storage->version;
  rewrite_history(*this, grad_edge(from));
  return changed();
}
Tensor& Tensor::fill_(const Scalar& value) const {
  nnrun::defined(*this, "fill");
  return copy_(scalar_tensor(device_of(*this), scalar_type(), value));
}
Tensor& Tensor::fill_(const Tensor& value) const {
  nnrun::defined(value, "fill");
  if (value.dim() != 0) {
    throw Error(Code::model, "[fill_] the value has " + std::to_string(value.dim()) +
                                 " dimensions, expected none");
  }
  return copy_(value);
}
Tensor& Tensor::zero_() const { return fill_(0); }

Tensor& Tensor::operator=(const Tensor& o) && { return copy_(o); }
Tensor& Tensor::operator=(const Scalar& v) && { return fill_(v); }

}  // namespace nnrun
