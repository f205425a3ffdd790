// New tensors: constants, ranges, random numbers, memory of others.
#include <cmath>
#include <cstring>
#include <numeric>

#include <nnrun/sdk/philox.hpp>

#include "core/base/text.h"
#include "core/eager/autograd.h"
#include "core/eager/generator.h"
#include "core/eager/promote.h"

namespace nnrun {
namespace {

Shape shape_of(const char* op, IntArrayRef size) {
  if (size.size() > Shape::kMaxRank) {
    throw Error(Code::model, std::string("[") + op + "] " + std::to_string(size.size()) +
                                 " dimensions, expected at most " + std::to_string(Shape::kMaxRank))
        .with_hint("make one dimension of several");
  }
  for (int64_t n : size) {
    if (n < 0) {
      throw Error(Code::model, std::string("[") + op + "] size " + std::to_string(n) +
                                   " is negative, in " + Shape(size.vec()).str())
          .with_hint("a size is 0 or more");
    }
  }
  return Shape(size.vec());
}

Tensor fresh(const char* op, IntArrayRef size, const TensorOptions& o) {
  return make_tensor(open_device(o.device()), to_dtype(o.dtype()), shape_of(op, size));
}

const Tensor& with_grad(const Tensor& t, const TensorOptions& o) {
  return o.requires_grad() ? t.set_requires_grad(true) : t;
}

/// Options of a tensor like another, changed by what is said.
TensorOptions like(const char* op, const Tensor& self, const TensorOptions& o) {
  defined(self, op);
  TensorOptions r = self.options().requires_grad(o.requires_grad());
  if (o.has_dtype()) r = r.dtype(o.dtype().toScalarType());
  if (o.has_device()) r = r.device(o.device());
  return r;
}

/// Every element of a row-major tensor on the host as the one given, as a word of its size.
template <class Word> void fill_words(const detail::TensorBody& b, const void* element) {
  std::fill_n(static_cast<Word*>(address(b)), b.shape.numel(), *static_cast<const Word*>(element));
}

/// f(i) for every element of a tensor on the host, moved to where it belongs.
template <class F>
Tensor generate(const char* op, IntArrayRef size, const TensorOptions& o, F&& f) {
  const Shape shape = shape_of(op, size);
  const DType dtype = to_dtype(o.dtype());
  Array a(dtype, shape);
  sdk::visit(dtype, [&](auto tag) {
    using T = typename decltype(tag)::type;
    T* p = a.data<T>();
    const int64_t n = a.numel();
    for (int64_t i = 0; i < n; ++i) {
      if constexpr (std::is_integral_v<T>) {
        p[i] = static_cast<T>(f(i));
      } else {
        p[i] = static_cast<T>(static_cast<sdk::compute_t<T>>(f(i)));
      }
    }
  });
  return with_grad(from_array(open_device(o.device()), a), o);
}

/// The stream of random numbers that the whole program draws from.
struct Generator {
  std::mutex mutex;
  uint64_t seed = 5489, draws = 0;
};
Generator& generator() {
  static auto* g = new Generator;
  return *g;
}
Tensor random(const char* op, IntArrayRef size, const TensorOptions& o) {
  const ScalarType t = o.dtype();
  if (!isFloatingType(t)) {
    throw Error(Code::model, std::string("[") + op + "] makes floats, not " + toString(t))
        .with_hint("for whole numbers there is randint()");
  }
  const auto state = next_state();
  const Tensor s = from_array(open_device(o.device()),
                              Array::of<int64_t>({4}, {state[0], state[1], state[2], state[3]}));
  const Shape shape = shape_of(op, size);
  return with_grad(call1(EagerOp(op), s, {{"shape", shape.vector()}, {"dtype", to_dtype(t)}}), o);
}

Tensor like_random(const Tensor& self, const char* op) {
  return random(op, self.sizes(), self.options());
}

}  // namespace

std::array<int64_t, 4> next_state() {
  Generator& g = generator();
  std::lock_guard lock(g.mutex);
  return sdk::random_state(g.seed, "eager", "", g.draws++);
}

void manual_seed(uint64_t seed) {
  Generator& g = generator();
  std::lock_guard lock(g.mutex);
  g.seed = seed;
  g.draws = 0;
}

Tensor empty(IntArrayRef size, const TensorOptions& o) {
  return with_grad(fresh("empty", size, o), o);
}
Tensor full(IntArrayRef size, const Scalar& value, const TensorOptions& options) {
  TensorOptions o = options;
  if (!o.has_dtype() && !value.isFloatingPoint()) o = o.dtype(value.type());
  NoGradGuard guard;
  Tensor t = fresh("full", size, o);
  const detail::TensorBody& b = body(t);
  if (b.storage->device->is_host()) {
    const void* one = address(body(scalar_tensor(*b.storage->device, t.scalar_type(), value)));
    switch (size_of(b.dtype)) {
      case 1: fill_words<uint8_t>(b, one); break;
      case 2: fill_words<uint16_t>(b, one); break;
      case 4: fill_words<uint32_t>(b, one); break;
      default: fill_words<uint64_t>(b, one);
    }
  } else {
    t.fill_(value);
  }
  return with_grad(t, o);
}
Tensor zeros(IntArrayRef size, const TensorOptions& o) {
  return full(size, 0, o.dtype(o.dtype().toScalarType()));
}
Tensor ones(IntArrayRef size, const TensorOptions& o) {
  return full(size, 1, o.dtype(o.dtype().toScalarType()));
}
Tensor eye(int64_t n, const TensorOptions& o) { return eye(n, n, o); }
Tensor eye(int64_t n, int64_t m, const TensorOptions& o) {
  return generate("eye", {n, m}, o, [m](int64_t i) { return i / m == i % m ? 1 : 0; });
}

namespace {
void refuse_bool_dtype(const char* op, const TensorOptions& o) {
  if (!o.has_dtype() || o.dtype() != kBool) return;
  throw Error(Code::model, std::string("[") + op + "] is of numbers, not of Bool");
}
}  // namespace
Tensor arange(const Scalar& end, const TensorOptions& o) { return arange(0, end, 1, o); }
Tensor arange(const Scalar& start, const Scalar& end, const TensorOptions& o) {
  return arange(start, end, 1, o);
}
Tensor arange(const Scalar& start, const Scalar& end, const Scalar& step,
              const TensorOptions& options) {
  TensorOptions o = options;
  refuse_bool_dtype("arange", o);
  const bool whole = start.isIntegral(true) && end.isIntegral(true) && step.isIntegral(true);
  if (!o.has_dtype() && whole) o = o.dtype(kLong);
  const double from = start.toDouble(), by = step.toDouble(), length = (end.toDouble() - from) / by;
  if (by == 0 || !std::isfinite(length)) {
    throw Error(Code::model, "[arange] the step is 0, or a limit is not finite")
        .with_hint("pass a step that leads from start to end");
  }
  if (length < 0)
    throw Error(Code::model, "[arange] from " + number_text(from) + " to " +
                                 number_text(end.toDouble()) + " by " + number_text(by) +
                                 ": the step leads away from the end")
        .with_hint("give the step the sign of end - start");
  if (std::ceil(length) > 9e18)
    throw Error(Code::memory, "[arange] too many elements").with_hint("take a larger step");
  const int64_t n = int64_t(std::ceil(length));
  if (whole) {
    const int64_t a = start.toLong(), d = step.toLong();
    return generate("arange", {n}, o, [a, d](int64_t i) { return a + i * d; });
  }
  return generate("arange", {n}, o, [from, by](int64_t i) { return from + double(i) * by; });
}
Tensor linspace(const Scalar& start, const Scalar& end, int64_t steps, const TensorOptions& o) {
  refuse_bool_dtype("linspace", o);
  const double a = start.toDouble(), b = end.toDouble();
  const double by = steps > 1 ? (b - a) / double(steps - 1) : 0;
  // From both ends, so that both are exact.
  return generate("linspace", {steps}, o, [=](int64_t i) {
    return i < steps / 2 || steps == 1 ? a + double(i) * by : b - double(steps - 1 - i) * by;
  });
}

Tensor rand(IntArrayRef size, const TensorOptions& o) { return random("rand", size, o); }
Tensor randn(IntArrayRef size, const TensorOptions& o) { return random("randn", size, o); }
Tensor randint(int64_t high, IntArrayRef size, const TensorOptions& o) {
  return randint(0, high, size, o);
}
Tensor randint(int64_t low, int64_t high, IntArrayRef size, const TensorOptions& options) {
  if (high <= low) {
    throw Error(Code::model, "[randint] from " + std::to_string(low) + " to below " +
                                 std::to_string(high) + ": nothing lies between")
        .with_hint("high is not drawn itself: it must be above low");
  }
  const TensorOptions o = options.has_dtype() ? options : options.dtype(kLong);
  const auto state = next_state();
  const uint64_t n = uint64_t(high) - uint64_t(low);
  return generate("randint", size, o, [&](int64_t i) {
    return int64_t(uint64_t(low) + sdk::uniform_below(state.data(), uint64_t(i), n));
  });
}
Tensor randperm(int64_t n, const TensorOptions& options) {
  if (n < 0)
    throw Error(Code::model, "[randperm] of " + std::to_string(n) + " numbers")
        .with_hint("pass how many numbers to put in order");
  std::vector<int64_t> order(size_t(n), 0);
  std::iota(order.begin(), order.end(), 0);
  const auto state = next_state();
  sdk::shuffle(state.data(), order.data(), uint64_t(n));
  const TensorOptions o = options.has_dtype() ? options : options.dtype(kLong);
  return generate("randperm", {n}, o, [&](int64_t i) { return order[size_t(i)]; });
}

Tensor empty_like(const Tensor& self, const TensorOptions& o) {
  return empty(self.sizes(), like("empty_like", self, o));
}
Tensor zeros_like(const Tensor& self, const TensorOptions& o) {
  return zeros(self.sizes(), like("zeros_like", self, o));
}
Tensor ones_like(const Tensor& self, const TensorOptions& o) {
  return ones(self.sizes(), like("ones_like", self, o));
}
Tensor full_like(const Tensor& self, const Scalar& value, const TensorOptions& o) {
  return full(self.sizes(), value, like("full_like", self, o));
}
Tensor rand_like(const Tensor& self, const TensorOptions& o) {
  return rand(self.sizes(), like("rand_like", self, o));
}
Tensor randn_like(const Tensor& self, const TensorOptions& o) {
  return randn(self.sizes(), like("randn_like", self, o));
}

Tensor& Tensor::uniform_(double from, double to) const {
  nnrun::defined(*this, "uniform");
  NoGradGuard guard;
  return copy_(like_random(*this, "rand") * (to - from) + from);
}
Tensor& Tensor::normal_(double mean, double std) const {
  nnrun::defined(*this, "normal");
  NoGradGuard guard;
  return copy_(like_random(*this, "randn") * std + mean);
}
Tensor& Tensor::bernoulli_(double p) const {
  nnrun::defined(*this, "bernoulli");
  if (!(p >= 0 && p <= 1)) {
    throw Error(Code::model, "[bernoulli_] p is " + number_text(p) + ", expected between 0 and 1")
        .with_hint("p is the probability of a 1");
  }
  NoGradGuard guard;
  return copy_(nnrun::lt(random("rand", sizes(), TensorOptions(device()).dtype(kFloat)), p));
}

Tensor from_blob(void* data, IntArrayRef sizes, const TensorOptions& o) {
  return from_blob(
      data, sizes, [](void*) {}, o);
}
Tensor from_blob(void* data, IntArrayRef sizes, const std::function<void(void*)>& deleter,
                 const TensorOptions& o) {
  const EagerDevice& device = open_device(o.device());
  const Shape shape = shape_of("from_blob", sizes);
  const DType dtype = to_dtype(o.dtype());
  const int64_t bytes = checked_mul(shape.numel(), size_of(dtype));
  auto memory =
      Ref<Storage>::own(new Storage(device, data, bytes, std::shared_ptr<void>(data, deleter)));
  const Tensor t = detail::Access::own(
      new detail::TensorBody(std::move(memory), dtype, shape, shape.row_major()));
  return with_grad(t, o);
}
Tensor from_blob(void* data, IntArrayRef sizes, IntArrayRef strides, const TensorOptions& o) {
  const Shape shape = shape_of("from_blob", sizes);
  if (strides.size() != shape.size()) {
    throw Error(Code::model, "[from_blob] " + std::to_string(sizes.size()) + " sizes and " +
                                 std::to_string(strides.size()) + " strides")
        .with_hint("pass one stride, in elements, for each size");
  }
  int64_t last = 0;
  for (int i = 0; i < shape.rank(); ++i) {
    if (strides[size_t(i)] < 0)
      throw Error(Code::model, "[from_blob] a negative stride")
          .with_hint("copy the elements, or use flip()");
    if (shape[i] > 0) last = checked_add(last, checked_mul(shape[i] - 1, strides[size_t(i)]));
  }
  const Tensor all = from_blob(data, {shape.numel() == 0 ? 0 : last + 1}, o.requires_grad(false));
  return with_grad(make_alias(all, shape, Shape(strides.vec()), 0), o);
}

Tensor from_dlpack(DLManagedTensor* capsule) {
  if (capsule == nullptr)
    throw Error(Code::model, "[from_dlpack] the capsule is null")
        .with_hint("a capsule is consumed once");
  const DLTensor& d = capsule->dl_tensor;
  const Type type = [&]() -> Type {
    DType t;
    if (!sdk::from_dl(d.dtype, &t))
      throw Error(Code::model, "[from_dlpack] an element type nnrun does not have")
          .with_hint("convert it where it comes from");
    return {t, Shape(d.shape, d.shape + d.ndim)};
  }();
  if (d.device.device_type != kDLCPU && d.device.device_type != kDLCUDA) {
    throw Error(Code::model, "[from_dlpack] a device nnrun does not have")
        .with_hint("copy it to the CPU where it comes from");
  }
  const TensorOptions o =
      TensorOptions(to_scalar_type(type.dtype))
          .device(d.device.device_type == kDLCPU ? Device(kCPU)
                                                 : Device(kCUDA, int8_t(d.device.device_id)));
  const Shape strides =
      d.strides == nullptr ? type.shape.row_major() : Shape(d.strides, d.strides + d.ndim);
  int64_t last = 0;
  for (int i = 0; i < type.shape.rank(); ++i) {
    if (strides[i] < 0)
      throw Error(Code::model, "[from_dlpack] a negative stride")
          .with_hint("make it contiguous where it comes from");
    if (type.shape[i] > 0) last = checked_add(last, checked_mul(type.shape[i] - 1, strides[i]));
  }
  const int64_t n = type.shape.numel() == 0 ? 0 : last + 1;
  void* data = static_cast<char*>(d.data) + d.byte_offset;
  const Tensor all = from_blob(
      data, {n},
      [capsule](void*) {
        if (capsule->deleter != nullptr) capsule->deleter(capsule);
      },
      o);
  return make_alias(all, type.shape, strides, 0);
}

DLManagedTensor* to_dlpack(const Tensor& t) {
  const detail::TensorBody& b = defined(t, "to_dlpack");
  if (grad_mode() && wants_grad(t)) {
    throw Error(Code::model, "[to_dlpack] the tensor requires a gradient")
        .with_hint("pass t.detach()");
  }
  struct Holder {
    Tensor tensor;
    DLManagedTensor managed;
  };
  auto h = std::make_unique<Holder>();
  h->tensor = t;
  DLTensor& d = h->managed.dl_tensor;
  d = {};
  d.data = address(b);
  d.device = b.storage->device->dl;
  d.ndim = b.shape.rank();
  d.dtype = sdk::to_dl(b.dtype);
  d.shape = const_cast<int64_t*>(b.shape.data());  // of the tensor that the holder keeps
  d.strides = const_cast<int64_t*>(b.strides.data());
  h->managed.manager_ctx = h.get();
  h->managed.deleter = [](DLManagedTensor* m) { delete static_cast<Holder*>(m->manager_ctx); };
  return &h.release()->managed;
}

namespace detail {

TensorData::TensorData(std::initializer_list<TensorData> rows) : empty_(rows.size() == 0) {
  sizes_ = {int64_t(rows.size())};
  bool first = true;
  for (const TensorData& r : rows) {
    if (first) {
      type_ = r.type_;
      sizes_.insert(sizes_.end(), r.sizes_.begin(), r.sizes_.end());
    } else if (r.type_ != type_) {
      throw Error(Code::model, std::string("[tensor] elements of one list are ") + toString(type_) +
                                   " and " + toString(r.type_))
          .with_hint("write all of them as one kind of number: 1.0, 2.0");
    } else if (!std::equal(sizes_.begin() + 1, sizes_.end(), r.sizes_.begin(), r.sizes_.end())) {
      throw Error(Code::model, "[tensor] rows of one list have different sizes: " +
                                   Shape(sizes_.begin() + 1, sizes_.end()).str() + " and " +
                                   Shape(r.sizes_).str())
          .with_hint("write rows of one length, or make several tensors");
    }
    first = false;
    values_.insert(values_.end(), r.values_.begin(), r.values_.end());
  }
}

Tensor TensorData::make(const TensorOptions& options) const {
  TensorOptions o = options;
  if (!o.has_dtype() && !empty_ && !isFloatingType(type_))
    o = o.dtype(type_ == kBool ? kBool : kLong);
  const ScalarType t = o.dtype();
  if (isFloatingType(t)) {
    return generate("tensor", sizes_, o, [&](int64_t i) { return values_[size_t(i)].toDouble(); });
  }
  return generate("tensor", sizes_, o, [&](int64_t i) { return values_[size_t(i)].toLong(); });
}

}  // namespace detail
}  // namespace nnrun
