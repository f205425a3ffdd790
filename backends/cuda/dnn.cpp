#include "backends/cuda/dnn.h"

#include <algorithm>
#include <map>
#include <utility>

#include <nnrun/sdk/status.hpp>

namespace nnrun::cuda {
namespace {

/// The first that was made for CUDA 13.
constexpr size_t kOldest = 91200;

std::string version(size_t v) {
  return std::to_string(v / 10000) + "." + std::to_string(v % 10000 / 100) + "." +
         std::to_string(v % 100);
}

nnr_status status_of(cudnnStatus_t s) {
  if (s == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED ||
      s == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED) {
    return NNR_E_NOMEM;
  }
  switch (CUDNN_STATUS_CATEGORY(s)) {
    case CUDNN_STATUS_NOT_SUPPORTED: return NNR_E_UNSUPPORTED;
    case CUDNN_STATUS_EXECUTION_FAILED: return NNR_E_DEVICE_LOST;
    default: return NNR_E_INTERNAL;
  }
}

}  // namespace

Dnn::Dnn() {
  const Library library("libcudnn.so.9", "it is part of cuDNN 9; tools/setup-cuda gets it");
  NNRUN_CUDA_DNN(NNRUN_CUDA_LOOK_UP)
  if (const size_t found = cudnnGetVersion(); found < kOldest) {
    throw sdk::Failure(NNR_E_UNSUPPORTED, "libcudnn.so.9 is cuDNN " + version(found) +
                                              " and this backend needs " + version(kOldest) +
                                              " or newer: update it; tools/setup-cuda gets one");
  }
}

void Dnn::check(cudnnStatus_t s, const char* what) const {
  if (s == CUDNN_STATUS_SUCCESS) return;
  char words[512] = "";
  cudnnGetLastErrorString(words, sizeof words);
  throw sdk::Failure(status_of(s), std::string(what) + ": " + cudnnGetErrorString(s) +
                                       (words[0] == '\0' ? "" : std::string(" (") + words + ")"));
}

const Dnn& dnn() {
  static const Dnn* d = new Dnn();  // used until the process ends
  return *d;
}

DnnHandle& dnn_handle(const Device& d) {
  static std::mutex mutex;
  static std::map<int, DnnHandle> handles;
  const std::lock_guard lock(mutex);
  DnnHandle& h = handles[d.index()];
  if (h.handle == nullptr) {
    const Device::Current current(d);
    dnn().check(dnn().cudnnCreate(&h.handle), "cudnnCreate");
  }
  return h;
}

Descriptor::Descriptor(cudnnBackendDescriptorType_t kind) {
  dnn().check(dnn().cudnnBackendCreateDescriptor(kind, &d_), "cudnnBackendCreateDescriptor");
}
Descriptor::~Descriptor() {
  if (d_ != nullptr) dnn().cudnnBackendDestroyDescriptor(d_);
}
Descriptor::Descriptor(Descriptor&& other) noexcept : d_(std::exchange(other.d_, nullptr)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(d_, other.d_);
  return *this;
}

Descriptor& Descriptor::put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                            int64_t n, const void* values) {
  dnn().check(dnn().cudnnBackendSetAttribute(d_, name, type, n, values),
              "cudnnBackendSetAttribute");
  return *this;
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& other) {
  return put(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &other.d_);
}
Descriptor& Descriptor::set(cudnnBackendAttributeName_t name,
                            const std::vector<const Descriptor*>& others) {
  std::vector<cudnnBackendDescriptor_t> d;
  for (const Descriptor* o : others) d.push_back(o->d_);
  return put(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, int64_t(d.size()), d.data());
}
Descriptor& Descriptor::finalize() {
  dnn().check(dnn().cudnnBackendFinalize(d_), "cudnnBackendFinalize");
  return *this;
}

int64_t Descriptor::take(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                         int64_t room, void* values) const {
  int64_t n = 0;
  dnn().check(dnn().cudnnBackendGetAttribute(d_, name, type, room, &n, values),
              "cudnnBackendGetAttribute");
  return n;
}

int64_t Descriptor::integer(cudnnBackendAttributeName_t name) const {
  int64_t value = 0;
  take(name, CUDNN_TYPE_INT64, 1, &value);
  return value;
}

std::vector<cudnnBackendNumericalNote_t> Descriptor::notes(cudnnBackendAttributeName_t name) const {
  // A newer library may know more notes than the headers.
  std::vector<cudnnBackendNumericalNote_t> notes(64);
  notes.resize(size_t(take(name, CUDNN_TYPE_NUMERICAL_NOTE, int64_t(notes.size()), notes.data())));
  return notes;
}

Descriptor Descriptor::part(cudnnBackendAttributeName_t name,
                            cudnnBackendDescriptorType_t kind) const {
  Descriptor r(kind);
  take(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &r.d_);
  return r;
}

std::vector<Descriptor> Descriptor::parts(cudnnBackendAttributeName_t name,
                                          cudnnBackendDescriptorType_t kind) const {
  std::vector<Descriptor> r;
  std::vector<cudnnBackendDescriptor_t> raw;
  for (int64_t i = take(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, nullptr); i > 0; --i) {
    raw.push_back(r.emplace_back(kind).get());
  }
  if (raw.empty()) return r;
  const int64_t filled = take(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, int64_t(raw.size()), raw.data());
  r.erase(r.begin() + std::min<int64_t>(filled, int64_t(r.size())), r.end());
  return r;
}

}  // namespace nnrun::cuda
