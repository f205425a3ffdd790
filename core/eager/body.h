// The inside of a Tensor: storage, geometry, and what gradients need to know.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <span>

#include <nnrun/tensor.h>

#include "core/eager/memory.h"
#include "core/graph/graph.h"
#include "core/ops/op.h"
#include "core/plugin/backend.h"

namespace nnrun {

using TensorSpan = std::span<const Tensor>;

/// What a Ref points to.
struct Shared : detail::Counted {
  static constexpr bool kFoundOtherwise = false;  // by a plain pointer, and shared from there
};

/// A pointer to something Shared.
template <class T> class Ref {
 public:
  Ref() = default;
  Ref(std::nullptr_t) {}
  /// Takes over one reference: Ref<T>::own(new T).
  static Ref own(T* p) {
    Ref r;
    r.p_ = p;
    return r;
  }
  static Ref share(T* p) {
    if (p != nullptr) p->references.fetch_add(1, std::memory_order_relaxed);
    return own(p);
  }
  Ref(const Ref& o) : Ref(share(o.p_)) {}
  Ref(Ref&& o) noexcept : p_(std::exchange(o.p_, nullptr)) {}
  Ref& operator=(Ref o) noexcept {
    std::swap(p_, o.p_);
    return *this;
  }
  ~Ref() {
    if (p_ == nullptr) return;
    // As in Tensor: the only one there is needs no atomic decrement, unless it is found otherwise.
    if constexpr (!T::kFoundOtherwise) {
      if (p_->references.load(std::memory_order_acquire) == 1) {
        delete p_;
        return;
      }
    }
    if (p_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete p_;
  }
  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }

 private:
  T* p_ = nullptr;
};

/// A device that was opened. Its backend is open until close_devices().
struct EagerDevice {
  Device device;
  std::shared_ptr<Backend> backend;
  DLDevice dl;
  bool is_host() const { return dl.device_type == kDLCPU; }
  /// Throws Error(backend) naming `who` once the devices are closed.
  const std::shared_ptr<Backend>& open_backend(const std::string& who) const;
};
/// Opened at first use and kept. Throws Error(backend) with the reason when it cannot be.
const EagerDevice& open_device(const Device& d);
/// Lets go of all backends, for good: what would run on them throws from here on. The elements of
/// tensors on the host stay where they are.
void close_devices();
/// The number of a backend's name, as Device keeps it, and back.
uint8_t backend_number(const std::string& name);
std::string backend_name(uint8_t number);

/// Memory that tensors share. `version` counts the writes.
struct Storage : Shared, InBlock {
  void* data = nullptr;
  int64_t bytes = 0;
  const EagerDevice* device = nullptr;
  std::atomic<uint32_t> version{0};
  std::shared_ptr<void> owner;  // of memory that is not a block of ours

  Storage(const EagerDevice& d, int64_t n);  // uninitialised
  Storage(const EagerDevice& d, void* p, int64_t n, std::shared_ptr<void> o)
      : data(p), bytes(n), device(&d), owner(std::move(o)) {}
  ~Storage();
};

class GradNode;

/// How a view came from its base: the last step, and those before.
struct ViewStep : Shared, InBlock {
  const OpDef* op;
  std::shared_ptr<const Attrs> attrs;
  Ref<ViewStep> before;
};
struct ViewOf : InBlock {
  Tensor base;
  Ref<ViewStep> step;
  uint32_t seen;  // base's `rewritten` when grad_fn was made
};

namespace detail {

struct TensorBody : Counted, InBlock {
  TensorBody(Ref<Storage> storage, DType dtype, const Shape& shape, const Shape& strides,
             int64_t offset = 0);
  ~TensorBody();

  Ref<Storage> storage;
  Shape shape, strides;
  int64_t offset;  // in elements
  DType dtype;
  bool contiguous = true;

  bool requires_grad = false;  // of a leaf, as it was asked for; of others, as it follows
  bool retains_grad = false;
  uint32_t output = 0;     // of grad_fn
  uint32_t rewritten = 0;  // how often grad_fn was replaced by an in-place operation
  Ref<GradNode> grad_fn;
  std::unique_ptr<ViewOf> view;
  std::atomic<GradNode*> accumulator{nullptr};  // not owned: see autograd.cpp
  Tensor grad;
};

struct Access {
  static TensorBody* body(const Tensor& t) { return static_cast<TensorBody*>(t.body_); }
  static Tensor own(Counted* b) {
    Tensor t;
    t.body_ = b;
    return t;
  }
};

}  // namespace detail

inline detail::TensorBody& body(const Tensor& t) { return *detail::Access::body(t); }
[[noreturn]] void throw_undefined(const char* op);
/// The same; throws Error(model) naming `op` when t is undefined.
inline detail::TensorBody& defined(const Tensor& t, const char* op) {
  if (!t.defined()) throw_undefined(op);
  return body(t);
}

/// Operands side by side that own nothing: the tensors live elsewhere meanwhile.
template <size_t kFew> class Borrowed {
 public:
  explicit Borrowed(size_t n) : slots_(n) {}
  Borrowed(std::initializer_list<const Tensor*> all) : slots_(all.size()) {
    size_t i = 0;
    for (const Tensor* t : all) set(i++, *t);
  }
  void set(size_t i, const Tensor& t) {
    new (&slots_[i].t) Tensor(detail::Access::own(detail::Access::body(t)));
  }
  operator TensorSpan() const { return {&slots_.begin()->t, slots_.size()}; }

 private:
  union Slot {
    Slot() {}
    ~Slot() {}
    Tensor t;
  };
  static_assert(sizeof(Slot) == sizeof(Tensor));
  Row<Slot, kFew> slots_;
};

inline void* address(const detail::TensorBody& b) {
  return static_cast<char*>(b.storage->data) + b.offset * size_of(b.dtype);
}
inline const EagerDevice& device_of(const Tensor& t) { return *body(t).storage->device; }
inline Type type_of(const Tensor& t) { return {body(t).dtype, body(t).shape}; }

DType to_dtype(ScalarType t);
inline ScalarType to_scalar_type(DType t) {
  switch (t) {
    case DType::uint8: return ScalarType::Byte;
    case DType::int32: return ScalarType::Int;
    case DType::int64: return ScalarType::Long;
    case DType::float16: return ScalarType::Half;
    case DType::float32: return ScalarType::Float;
    case DType::float64: return ScalarType::Double;
    case DType::boolean: return ScalarType::Bool;
    case DType::bfloat16: return ScalarType::BFloat16;
  }
  return ScalarType::Float;
}

/// What a row-major tensor is before it has memory.
struct RowMajor {
  DType dtype;
  Shape shape, strides;
  int64_t bytes;
  RowMajor(DType t, const Shape& s);
};
/// Row-major and uninitialised.
Tensor make_tensor(const EagerDevice& device, const RowMajor& like);
inline Tensor make_tensor(const EagerDevice& device, DType dtype, const Shape& shape) {
  return make_tensor(device, RowMajor(dtype, shape));
}
/// A window onto the storage of t, of which gradients know nothing.
Tensor make_alias(const Tensor& t, const Shape& shape, const Shape& strides, int64_t offset);
/// Copies between any devices and dtypes and strides; shapes are equal. No gradients.
void copy_elements(const Tensor& from, const Tensor& to);
/// The values, on the host, row-major; shares memory where they lie so.
Array host_array(const Tensor& t);
Tensor from_array(const EagerDevice& device, const Array& a);

}  // namespace nnrun
