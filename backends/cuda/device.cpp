#include "backends/cuda/device.h"

#include <nnrun/sdk/status.hpp>

#include "backends/cuda/compile.h"
#include "backends/cuda/staging.h"

namespace nnrun::cuda {

Device::Current::Current(const Device& d) {
  driver().check(driver().cuCtxPushCurrent(d.context_), "cuCtxPushCurrent");
}
Device::Current::~Current() {
  CUcontext before = nullptr;
  driver().cuCtxPopCurrent(&before);
}

Device::Device(int index) : index_(index) {
  const Driver& d = driver();
  d.check(d.cuDeviceGet(&device_, index), "cuDeviceGet");
  char name[128] = "";
  d.check(d.cuDeviceGetName(name, sizeof name, device_), "cuDeviceGetName");
  name_ = name;
  const auto attribute = [&](CUdevice_attribute a) {
    int v = 0;
    d.check(d.cuDeviceGetAttribute(&v, a, device_), "cuDeviceGetAttribute");
    return v;
  };
  architecture_ = "sm_" + std::to_string(attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)) +
                  std::to_string(attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR));
  processors_ = attribute(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  reads_host_memory_ = attribute(CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS) != 0;
  size_t bytes = 0;
  d.check(d.cuDeviceTotalMem(&bytes, device_), "cuDeviceTotalMem");
  memory_ = bytes;
  d.check(d.cuDevicePrimaryCtxRetain(&context_, device_), "cuDevicePrimaryCtxRetain");
  // Freed memory stays with the pool: steps allocate the same sizes again and again.
  CUmemoryPool pool = nullptr;
  d.check(d.cuDeviceGetDefaultMemPool(&pool, device_), "cuDeviceGetDefaultMemPool");
  uint64_t keep = UINT64_MAX;
  d.check(d.cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keep),
          "cuMemPoolSetAttribute");
  const Current current(*this);
  staging_ = std::make_unique<Staging>();
}

Device::~Device() { driver().cuDevicePrimaryCtxRelease(device_); }

uint64_t Device::free_memory() const {
  const Current current(*this);
  size_t unused = 0, total = 0;
  driver().check(driver().cuMemGetInfo(&unused, &total), "cuMemGetInfo");
  return unused;
}

void* Device::allocate(uint64_t bytes) const {
  const Current current(*this);
  const Driver& d = driver();
  CUdeviceptr p = 0;
  const CUresult r = d.cuMemAllocAsync(&p, bytes, nullptr);
  if (r == CUDA_ERROR_OUT_OF_MEMORY) {
    size_t unused = 0, total = 0;
    d.cuMemGetInfo(&unused, &total);
    throw sdk::Failure(NNR_E_NOMEM, "out of GPU memory: " + std::to_string(bytes) +
                                        " bytes wanted, " + std::to_string(unused) + " of " +
                                        std::to_string(total) + " free on " + name_);
  }
  d.check(r, "cuMemAllocAsync");
  d.check(d.cuStreamSynchronize(nullptr), "cuStreamSynchronize");  // now any stream may use it
  return reinterpret_cast<void*>(p);
}

void Device::free(void* p) const {
  const Current current(*this);
  // Streams are ordered with the default stream, so what is enqueued may still use it.
  driver().cuMemFreeAsync(reinterpret_cast<CUdeviceptr>(p), nullptr);
}

CUfunction Device::function(const std::string& source, const char* name) {
  const std::lock_guard lock(mutex_);
  const Current current(*this);
  const Driver& d = driver();
  auto it = modules_.find(source);
  if (it == modules_.end()) {
    const std::vector<char> code = compile(source, architecture_);
    CUmodule m = nullptr;
    d.check(d.cuModuleLoadData(&m, code.data()), "cuModuleLoadData");
    it = modules_.emplace(source, m).first;
  }
  CUfunction f = nullptr;
  d.check(d.cuModuleGetFunction(&f, it->second, name), "cuModuleGetFunction");
  return f;
}

void Device::from_host(void* to, const void* from, uint64_t bytes, CUstream s) const {
  const Current current(*this);
  staging_->from_host(to, from, bytes, s);
}
void Device::to_host(void* to, const void* from, uint64_t bytes, CUstream s) const {
  const Current current(*this);
  staging_->to_host(to, from, bytes, s);
}

const std::vector<std::unique_ptr<Device>>& devices() {
  static const auto* all = [] {
    auto found = std::make_unique<std::vector<std::unique_ptr<Device>>>();
    int n = 0;
    driver().check(driver().cuDeviceGetCount(&n), "cuDeviceGetCount");
    for (int i = 0; i < n; ++i) found->push_back(std::make_unique<Device>(i));
    return found.release();  // used until the process ends
  }();
  return *all;
}

Device& device_of(DLDevice d) {
  const int i = d.device_type == kDLCUDA ? d.device_id : 0;
  if (i < 0 || size_t(i) >= devices().size()) {
    throw sdk::Failure(NNR_E_UNSUPPORTED, "there is no GPU " + std::to_string(i) + " among " +
                                              std::to_string(devices().size()));
  }
  return *devices()[size_t(i)];
}

}  // namespace nnrun::cuda
