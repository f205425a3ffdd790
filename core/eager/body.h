// The inside of a Tensor: storage, geometry, and what gradients need to know.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>

#include <nnrun/tensor.h>

#include "core/graph/graph.h"
#include "core/ops/op.h"
#include "core/plugin/backend.h"

namespace nnrun {

/// A pointer to something with `references` of its own.
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
    if (p_ != nullptr && p_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) delete p_;
  }
  T* get() const { return p_; }
  T* operator->() const { return p_; }
  T& operator*() const { return *p_; }
  explicit operator bool() const { return p_ != nullptr; }

 private:
  T* p_ = nullptr;
};

/// A device that is in use: its backend is open.
struct EagerDevice {
  Device device;
  std::shared_ptr<Backend> backend;
  DLDevice dl;
  bool is_host() const { return dl.device_type == kDLCPU; }
};
/// Opened at first use and kept. Throws Error(backend) with the reason when it cannot be.
const EagerDevice& open_device(const Device& d);
/// The number of a backend's name, as Device keeps it, and back.
uint8_t backend_number(const std::string& name);
std::string backend_name(uint8_t number);

/// Memory that tensors share. `version` counts the writes.
struct Storage : detail::Counted {
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
struct ViewStep : detail::Counted {
  const OpDef* op;
  Attrs attrs;
  Ref<ViewStep> before;
};
struct ViewOf {
  Tensor base;
  Ref<ViewStep> step;
  uint32_t seen;  // base's `rewritten` when grad_fn was made
};

namespace detail {

struct TensorBody : Counted {
  Ref<Storage> storage;
  Shape shape, strides;
  int64_t offset = 0;  // in elements
  DType dtype = DType::float32;
  bool contiguous = true;

  bool requires_grad = false;  // of a leaf, as it was asked for; of others, as it follows
  bool retains_grad = false;
  uint32_t output = 0;     // of grad_fn
  uint32_t rewritten = 0;  // how often grad_fn was replaced by an in-place operation
  Ref<GradNode> grad_fn;
  std::unique_ptr<ViewOf> view;
  std::atomic<GradNode*> accumulator{nullptr};  // not owned: see autograd.cpp
  Tensor grad;
  ~TensorBody();
};

struct Access {
  static TensorBody* body(const Tensor& t) { return t.body_; }
  static Tensor own(TensorBody* b) {
    Tensor t;
    t.body_ = b;
    return t;
  }
};

}  // namespace detail

inline detail::TensorBody& body(const Tensor& t) { return *detail::Access::body(t); }
/// The same; throws Error(model) naming `op` when t is undefined.
detail::TensorBody& defined(const Tensor& t, const char* op);

inline void* address(const detail::TensorBody& b) {
  return static_cast<char*>(b.storage->data) + b.offset * size_of(b.dtype);
}
inline const EagerDevice& device_of(const Tensor& t) { return *body(t).storage->device; }
inline Type type_of(const Tensor& t) { return {body(t).dtype, body(t).shape}; }

DType to_dtype(ScalarType t);
ScalarType to_scalar_type(DType t);

/// Row-major and uninitialised.
Tensor make_tensor(const EagerDevice& device, DType dtype, const Shape& shape);
/// A window onto the storage of t, of which gradients know nothing.
Tensor make_alias(const Tensor& t, const Shape& shape, const Shape& strides, int64_t offset);
/// Copies between any devices and dtypes and strides; shapes are equal. No gradients.
void copy_elements(const Tensor& from, const Tensor& to);
/// The values, on the host, row-major; shares memory where they lie so.
Array host_array(const Tensor& t);
Tensor from_array(const EagerDevice& device, const Array& a);

}  // namespace nnrun
