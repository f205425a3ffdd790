#include "core/eager/body.h"

#include <cstring>
#include <map>

#include "core/base/text.h"
#include "core/eager/autograd.h"
#include "core/eager/call.h"
#include "core/eager/memory.h"
#include "core/plugin/plugins.h"

namespace nnrun {
namespace {

struct Names {
  std::mutex mutex;
  std::vector<std::string> backend{""};  // by number
};
Names& names() {
  static auto* n = new Names;
  return *n;
}

struct OpenDevices {
  std::mutex mutex;
  std::map<std::tuple<DeviceType, int, uint8_t>, std::unique_ptr<EagerDevice>> all;
  bool closed = false;
};
OpenDevices& open_devices() {
  static auto* d = new OpenDevices;
  return *d;
}

std::shared_ptr<Backend> default_cpu_backend() {
  try {
    return find_backend("onednn");
  } catch (const Error&) {
    return find_backend("reference");
  }
}

EagerDevice make_device(const Device& d) {
  std::shared_ptr<Backend> backend = d.backend() != 0 ? find_backend(backend_name(d.backend()))
                                     : d.is_cuda()    ? find_backend("cuda")
                                                      : default_cpu_backend();
  const std::vector<DeviceInfo> devices = backend->devices();
  const size_t index = size_t(std::max<int>(d.index(), 0));
  if (index >= devices.size()) {
    throw Error(Code::backend, "device '" + d.str() + "': backend " + backend->name() + " has " +
                                   std::to_string(devices.size()) + " devices")
        .with_hint("nnrun devices lists what there is");
  }
  const DLDevice dl = devices[index].device;
  return {d, std::move(backend), dl};
}

[[noreturn]] void throw_closed(const std::string& who, const Device& d) {
  throw Error(Code::backend,
              who + " the backend of device '" + d.str() + "' was closed by plugins::shutdown()")
      .with_hint("call shutdown() when nothing is computed any more");
}

template <class F> void with_dtype(DType t, F&& f) {
  sdk::visit(t, [&](auto tag) { f(typename decltype(tag)::type{}); });
}

}  // namespace

uint8_t backend_number(const std::string& name) {
  std::lock_guard lock(names().mutex);
  std::vector<std::string>& all = names().backend;
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i] == name) return uint8_t(i);
  }
  if (all.size() > 255)
    throw Error(Code::model, "too many names of devices")
        .with_hint("a device is cpu, cuda, or the name of a backend");
  all.push_back(name);
  return uint8_t(all.size() - 1);
}

std::string backend_name(uint8_t number) {
  std::lock_guard lock(names().mutex);
  return names().backend.at(number);
}

const EagerDevice& open_device(const Device& d) {
  static thread_local const EagerDevice* last = nullptr;
  if (last != nullptr && last->device == d) return *last;
  const int index = std::max<int>(d.index(), 0);
  std::lock_guard lock(open_devices().mutex);
  auto& slot = open_devices().all[{d.type(), index, d.backend()}];
  if (!slot) {
    if (open_devices().closed) throw_closed("[open]", d);
    try {
      slot = std::make_unique<EagerDevice>(make_device(d));
    } catch (...) {
      open_devices().all.erase({d.type(), index, d.backend()});
      throw;
    }
  }
  return *(last = slot.get());
}

const std::shared_ptr<Backend>& EagerDevice::open_backend(const std::string& who) const {
  if (backend == nullptr) throw_closed(who, device);
  return backend;
}

void close_devices() {
  std::lock_guard lock(open_devices().mutex);
  open_devices().closed = true;
  for (auto& [key, d] : open_devices().all) {
    if (d != nullptr) d->backend.reset();
  }
}

DType to_dtype(ScalarType t) {
  switch (t) {
    case ScalarType::Byte: return DType::uint8;
    case ScalarType::Int: return DType::int32;
    case ScalarType::Long: return DType::int64;
    case ScalarType::Half: return DType::float16;
    case ScalarType::Float: return DType::float32;
    case ScalarType::Double: return DType::float64;
    case ScalarType::Bool: return DType::boolean;
    case ScalarType::BFloat16: return DType::bfloat16;
  }
  throw Error(Code::model, "an element type that does not exist");
}

Storage::Storage(const EagerDevice& d, int64_t n) : bytes(n), device(&d) {
  if (d.is_host()) {
    data = allocate_block(n);
  } else {
    owner = d.open_backend("[empty]")->allocate(d.dl, n);
    data = owner.get();
  }
}
Storage::~Storage() {
  if (owner == nullptr && data != nullptr) free_block(data, bytes);
}

namespace detail {

TensorBody::TensorBody(Ref<Storage> s, DType t, const Shape& sizes, const Shape& steps,
                       int64_t first)
    : storage(std::move(s)), shape(sizes), strides(steps), offset(first), dtype(t) {}
TensorBody::~TensorBody() {
  if (retains_grad) forget_retained(this);
}
void destroy(const Counted* body) noexcept { delete static_cast<const TensorBody*>(body); }

}  // namespace detail

void throw_undefined(const char* op) {
  throw Error(Code::model, std::string("[") + op + "] the tensor is undefined")
      .with_hint("a Tensor that was default-constructed or reset holds nothing");
}

namespace {

[[noreturn]] void throw_too_large(DType dtype, const Shape& shape, const Error& e) {
  if (e.code() != Code::memory) throw e;
  throw Error(Code::memory, "[empty] " + Type{dtype, shape}.str() + ": " + e.what())
      .with_hint("take fewer or smaller elements, or let go of other tensors");
}

}  // namespace

RowMajor::RowMajor(DType t, const Shape& s) try : dtype(t), shape(s), strides(s) {
  int64_t n = 1;
  for (int i = s.rank() - 1; i >= 0; --i) {
    strides[i] = n;
    n = checked_mul(n, std::max<int64_t>(s[i], 1));
  }
  bytes = checked_mul(n, size_of(t));
} catch (const Error& e) {
  throw_too_large(t, s, e);
}

Tensor make_tensor(const EagerDevice& device, const RowMajor& like) {
  try {
    return detail::Access::own(new detail::TensorBody(
        Ref<Storage>::own(new Storage(device, like.bytes)), like.dtype, like.shape, like.strides));
  } catch (const Error& e) {
    throw_too_large(like.dtype, like.shape, e);
  }
}

Tensor make_alias(const Tensor& t, const Shape& shape, const Shape& strides, int64_t offset) {
  auto* b = new detail::TensorBody(body(t).storage, body(t).dtype, shape, strides, offset);
  Tensor r = detail::Access::own(b);
  int64_t expected = 1;
  for (int i = shape.rank() - 1; i >= 0 && b->contiguous; --i) {
    if (shape[i] == 0) break;
    b->contiguous = shape[i] == 1 || strides[i] == expected;
    expected *= shape[i];
  }
  if (shape.numel() == 0) b->contiguous = true;
  return r;
}

Array host_array(const Tensor& t) {
  NoGradGuard guard;
  const Tensor c = t.contiguous();
  const detail::TensorBody& b = body(c);
  if (b.storage->device->is_host()) {
    return Array(b.dtype, b.shape, std::make_shared<Tensor>(c), address(b));
  }
  const Tensor on_host = make_tensor(open_device(kCPU), b.dtype, b.shape);
  copy_elements(c, on_host);
  return host_array(on_host);
}

Tensor from_array(const EagerDevice& device, const Array& a) {
  const EagerDevice& cpu = device.is_host() ? device : open_device(kCPU);
  const Tensor t = make_tensor(cpu, a.dtype(), a.shape());
  if (a.bytes() > 0) std::memcpy(address(body(t)), a.raw(), size_t(a.bytes()));
  if (device.is_host()) return t;
  const Tensor there = make_tensor(device, a.dtype(), a.shape());
  copy_elements(t, there);
  return there;
}

}  // namespace nnrun
