// Values of a builder with the usual operators: `where(x > 0, x, 0.1 * x)` adds the ops it is made
// of to the model. Compositions, gradients and layers are written with them.
//
// Operands broadcast as in NumPy and have one dtype; a plain number becomes a constant of that
// dtype. A comparison gives a bool value. What the host refuses (shapes that do not fit) is thrown
// as Failure and need not be caught.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "../abi/builder.h"
#include "attr.hpp"
#include "desc.hpp"
#include "dtype.hpp"
#include "status.hpp"

namespace nnrun::sdk {

/// Calls a function that reports through an nnr_err; throws Failure with its text.
template <class F> void checked(F&& f) {
  char text[1024];
  text[0] = '\0';
  nnr_err e = {sizeof(nnr_err), 0, sizeof text, 0, text};
  if (const nnr_status s = f(&e)) throw Failure(s, text);
}

/// A handle, valid until the compose, gradient or build that got it returns. Null: absent.
class Value {
 public:
  Value() = default;
  Value(const nnr_builder* b, uint32_t id) : b_(id == NNR_NONE ? nullptr : b), id_(id) {}

  explicit operator bool() const { return b_ != nullptr; }
  const nnr_builder* builder() const { return b_; }
  uint32_t id() const { return b_ ? id_ : NNR_NONE; }

  Operand type() const {
    const nnr_tdesc* d = b_ ? b_->desc(b_->ctx, id_) : nullptr;
    if (d == nullptr) throw Failure(NNR_E_INVALID, "the type of an absent value");
    return Operand(d);
  }
  DType dtype() const { return type().dtype(); }
  int rank() const { return type().rank(); }
  std::vector<int64_t> shape() const { return type().shape(); }
  /// The size of dimension i; a negative i counts from the end.
  int64_t size(int i) const {
    const Operand t = type();
    const int k = i < 0 ? i + t.rank() : i;
    if (k < 0 || k >= t.rank()) {
      throw Failure(NNR_E_INVALID, "there is no dimension " + std::to_string(i) +
                                       " in a value of " + std::to_string(t.rank()) +
                                       " dimensions");
    }
    return t.size(k);
  }

 private:
  const nnr_builder* b_ = nullptr;
  uint32_t id_ = NNR_NONE;
};

/// Applies an op by name: emit(b, "softmax", {x}, {{"dim", 1}}). A null value is an absent operand.
inline std::vector<Value> emit(const nnr_builder* b, const char* op, const std::vector<Value>& in,
                               std::vector<Arg> args, uint32_t results) {
  const ArgList list(std::move(args));
  std::vector<uint32_t> ids, out(results, NNR_NONE);
  for (const Value& v : in) ids.push_back(v.id());
  checked([&](nnr_err* e) {
    return b->emit(b->ctx, str(op), 1, ids.data(), static_cast<uint32_t>(ids.size()), list.data(),
                   list.size(), out.data(), results, e);
  });
  std::vector<Value> values;
  for (uint32_t id : out) values.emplace_back(b, id);
  return values;
}
/// The same for an op with one result; the builder is that of the first operand.
inline Value emit(const char* op, const std::vector<Value>& in, std::vector<Arg> args = {}) {
  return emit(in.at(0).builder(), op, in, std::move(args), 1)[0];
}

/// A rank-0 constant.
inline Value scalar(const nnr_builder* b, DType dtype, double v) {
  return visit(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T data = static_cast<T>(static_cast<compute_t<T>>(v));
    DLTensor t = {};
    t.data = &data;
    t.device = {kDLCPU, 0};
    t.dtype = to_dl(dtype);
    uint32_t id = NNR_NONE;
    checked([&](nnr_err* e) { return b->constant(b->ctx, &t, &id, e); });
    return Value(b, id);
  });
}
/// v as a constant of x's dtype.
inline Value like(Value x, double v) { return scalar(x.builder(), x.dtype(), v); }

#define NNRUN_SDK_UNARY(f) \
  inline Value f(Value x) { return emit(#f, {x}); }
NNRUN_SDK_UNARY(neg)
NNRUN_SDK_UNARY(abs)
NNRUN_SDK_UNARY(sign)
NNRUN_SDK_UNARY(exp)
NNRUN_SDK_UNARY(log)
NNRUN_SDK_UNARY(sqrt)
NNRUN_SDK_UNARY(rsqrt)
NNRUN_SDK_UNARY(sin)
NNRUN_SDK_UNARY(cos)
NNRUN_SDK_UNARY(tanh)
NNRUN_SDK_UNARY(sigmoid)
NNRUN_SDK_UNARY(relu)
NNRUN_SDK_UNARY(erf)
NNRUN_SDK_UNARY(floor)
NNRUN_SDK_UNARY(logical_not)
#undef NNRUN_SDK_UNARY

#define NNRUN_SDK_BINARY(f)                                      \
  inline Value f(Value x, Value y) { return emit(#f, {x, y}); }  \
  inline Value f(Value x, double y) { return f(x, like(x, y)); } \
  inline Value f(double x, Value y) { return f(like(y, x), y); }
NNRUN_SDK_BINARY(add)
NNRUN_SDK_BINARY(sub)
NNRUN_SDK_BINARY(mul)
NNRUN_SDK_BINARY(div)
NNRUN_SDK_BINARY(pow)
NNRUN_SDK_BINARY(maximum)
NNRUN_SDK_BINARY(minimum)
NNRUN_SDK_BINARY(eq)
NNRUN_SDK_BINARY(ne)
NNRUN_SDK_BINARY(lt)
NNRUN_SDK_BINARY(le)
NNRUN_SDK_BINARY(gt)
NNRUN_SDK_BINARY(ge)
#undef NNRUN_SDK_BINARY

#define NNRUN_SDK_OPERATOR(op, f)                                 \
  inline Value operator op(Value x, Value y) { return f(x, y); }  \
  inline Value operator op(Value x, double y) { return f(x, y); } \
  inline Value operator op(double x, Value y) { return f(x, y); }
NNRUN_SDK_OPERATOR(+, add)
NNRUN_SDK_OPERATOR(-, sub)
NNRUN_SDK_OPERATOR(*, mul)
NNRUN_SDK_OPERATOR(/, div)
NNRUN_SDK_OPERATOR(<, lt)
NNRUN_SDK_OPERATOR(<=, le)
NNRUN_SDK_OPERATOR(>, gt)
NNRUN_SDK_OPERATOR(>=, ge)
#undef NNRUN_SDK_OPERATOR
inline Value operator-(Value x) { return neg(x); }

/// x where the condition (bool) holds, else y.
inline Value where(Value condition, Value x, Value y) { return emit("where", {condition, x, y}); }
inline Value where(Value condition, Value x, double y) { return where(condition, x, like(x, y)); }
inline Value where(Value condition, double x, Value y) { return where(condition, like(y, x), y); }

inline Value cast(Value x, DType to) {
  return x.dtype() == to ? x : emit("cast", {x}, {{"dtype", to}});
}
inline Value reshape(Value x, std::vector<int64_t> shape) {
  return emit("reshape", {x}, {{"shape", std::move(shape)}});
}
inline Value permute(Value x, std::vector<int64_t> dims) {
  return emit("permute", {x}, {{"dims", std::move(dims)}});
}
inline Value expand(Value x, std::vector<int64_t> shape) {
  return emit("expand", {x}, {{"shape", std::move(shape)}});
}
inline Value zeros_like(Value x) { return expand(like(x, 0), x.shape()); }

// Reductions over some dimensions; none given: over all.
#define NNRUN_SDK_REDUCTION(f)                                                    \
  inline Value f(Value x, std::vector<int64_t> dims = {}, bool keepdim = false) { \
    return emit(#f, {x}, {{"dims", std::move(dims)}, {"keepdim", keepdim}});      \
  }
NNRUN_SDK_REDUCTION(sum)
NNRUN_SDK_REDUCTION(mean)
NNRUN_SDK_REDUCTION(max)
NNRUN_SDK_REDUCTION(min)
#undef NNRUN_SDK_REDUCTION

inline Value matmul(Value x, Value y) { return emit("matmul", {x, y}); }
/// x W^T + bias for x (..., in), weight (out, in) and bias (out), which may be null.
inline Value linear(Value x, Value weight, Value bias = {}) {
  return emit("linear", {x, weight, bias});
}

}  // namespace nnrun::sdk
