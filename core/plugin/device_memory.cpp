#include "core/plugin/device_memory.h"

namespace nnrun {
namespace {

std::string who(const Backend& b) { return "backend '" + b.name() + "'"; }

}  // namespace

DeviceMemory::DeviceMemory(std::shared_ptr<Backend> backend) : backend_(std::move(backend)) {
  const nnr_backend& t = backend_->table();
  if (t.stream_create == nullptr) return;
  abi_call(who(*backend_), [&](nnr_err* e) {
    return t.stream_create(backend_->self(), backend_->device(), &stream_, e);
  });
}

DeviceMemory::~DeviceMemory() {
  drain();
  const nnr_backend& t = backend_->table();
  if (stream_ != nullptr && t.stream_destroy != nullptr)
    t.stream_destroy(backend_->self(), stream_);
}

std::shared_ptr<void> DeviceMemory::allocate(int64_t bytes) const {
  return backend_->allocate(backend_->device(), bytes);
}

DeviceMemory::Move::Move(const DeviceMemory& memory, Place from, Place to, int64_t bytes)
    : memory_(memory), shape_(bytes) {
  const auto tensor = [&](const Place& p) {
    DLTensor t = {};
    t.data = p.address;
    t.device = p.host ? DLDevice{kDLCPU, 0} : memory.backend().device();
    t.ndim = 1;
    t.dtype = {kDLUInt, 8, 1};
    t.shape = &shape_;
    t.strides = &stride_;
    return t;
  };
  from_ = tensor(from);
  to_ = tensor(to);
}

nnr_status DeviceMemory::Move::enqueue(nnr_err* e) noexcept {
  const Backend& b = memory_.backend();
  return b.table().copy(b.self(), &from_, &to_, memory_.stream(), e);
}

nnr_status DeviceMemory::Move::run(nnr_err* e) noexcept {
  const Backend& b = memory_.backend();
  const nnr_status s = enqueue(e);
  if (s != NNR_OK || b.table().stream_sync == nullptr) return s;
  return b.table().stream_sync(b.self(), memory_.stream(), e);
}

void DeviceMemory::to_device(const void* host, void* here, int64_t bytes) const {
  Move move(*this, {const_cast<void*>(host), true}, {here, false}, bytes);
  if (bytes != 0) abi_call(who(*backend_), [&](nnr_err* e) { return move.enqueue(e); });
}

void DeviceMemory::to_host(const void* here, void* host, int64_t bytes) const {
  Move move(*this, {const_cast<void*>(here), false}, {host, true}, bytes);
  if (bytes != 0) abi_call(who(*backend_), [&](nnr_err* e) { return move.enqueue(e); });
}

void DeviceMemory::sync() const {
  const nnr_backend& t = backend_->table();
  if (t.stream_sync == nullptr) return;
  abi_call(who(*backend_), [&](nnr_err* e) { return t.stream_sync(backend_->self(), stream_, e); });
}

void DeviceMemory::drain() const noexcept {
  const nnr_backend& t = backend_->table();
  if (t.stream_sync == nullptr) return;
  abi_try([&](nnr_err* e) { return t.stream_sync(backend_->self(), stream_, e); });
}

std::shared_ptr<DeviceMemory::Copy> DeviceMemory::copy_of(void* host, int64_t bytes) {
  std::weak_ptr<Copy>& known = copies_[{host, bytes}];
  if (auto c = known.lock()) return c;
  auto c = std::make_shared<Copy>(Copy{host, bytes, allocate(bytes)});
  known = c;
  return c;
}

const DeviceMemory::Copy* DeviceMemory::find(const Array& a) const {
  const auto it = copies_.find({a.raw(), a.bytes()});
  // Whoever holds it outlives the call: the plans of the one thread that is in here.
  return it == copies_.end() ? nullptr : it->second.lock().get();
}

void DeviceMemory::fetch(const std::vector<Array>& arrays) const {
  bool any = false;
  for (const Array& a : arrays) {
    const Copy* c = find(a);
    if (c == nullptr || !c->newer) continue;
    to_host(c->data.get(), c->host, c->bytes);
    any = true;
  }
  if (any) sync();
}

void DeviceMemory::put(const Array& array) const {
  const Copy* c = find(array);
  if (c == nullptr || c->host_newer) return;  // the latter is taken with the next run
  to_device(c->host, c->data.get(), c->bytes);
  sync();  // the host may write there again
}

}  // namespace nnrun
