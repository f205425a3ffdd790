// A libcudnn.so.9 for machines without a GPU: it hands everything on to the real one, with the
// properties of an H200 where a handle would bring those of a device. Plans are made, none is run.
#include <cudnn_graph.h>
#include <dlfcn.h>

struct cudnnContext {};

namespace {

/// As cuDNN 9.19 and 9.26 write them; others may want more, and refuse these.
constexpr char kProperties[] =
    R"({"deviceName": "NVIDIA H200", "deviceVer": 900, "driverVer": 13000,
  "cudaDeviceId": 0, "pciDeviceId": 0, "isTccDriver": 0, "supportCoopLaunch": 1,
  "multiProcessorCount": 132, "warpSize": 32, "maxThreadsPerBlock": 1024, "maxThreadsPerSM": 2048,
  "maxCtasPerSM": 32, "regsPerBlock": 65536, "maxRegistersPerSM": 65536,
  "maxSharedMemoryPerBlock": 49152, "maxSharedMemoryPerBlockOptin": 232448,
  "reservedSharedMemoryPerBlock": 1024, "maxGridSize": [2147483647, 65535, 65535],
  "maxBlockSize": [1024, 1024, 64], "totalGlobalMem": 150000000000, "l2CacheSize": 62914560,
  "smClockRateKHz": 1980000, "memClockRateKHz": 3201000})";

/// The library behind libcudnn.so.9; null where there is none.
void* real() {
  static void* library = [] {
    void* found = dlopen("libcudnn_graph.so.9", RTLD_NOW | RTLD_LOCAL);
    if (found != nullptr) return found;
    return dlopen("/usr/local/cuda/lib64/libcudnn_graph.so.9", RTLD_NOW | RTLD_LOCAL);
  }();
  return library;
}
template <class F> F* of_real(F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(real(), name));
}
#define REAL(f) of_real(&f, #f)

/// The descriptor of the properties; null where the real library does not take them.
cudnnBackendDescriptor_t properties() {
  static const cudnnBackendDescriptor_t properties = [] {
    cudnnBackendDescriptor_t d = nullptr;
    const bool good = REAL(cudnnBackendCreateDescriptor)(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, &d) ==
                          CUDNN_STATUS_SUCCESS &&
                      REAL(cudnnBackendSetAttribute)(d, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
                                                     CUDNN_TYPE_CHAR, sizeof kProperties - 1,
                                                     kProperties) == CUDNN_STATUS_SUCCESS &&
                      REAL(cudnnBackendFinalize)(d) == CUDNN_STATUS_SUCCESS;
    return good ? d : nullptr;
  }();
  return properties;
}
cudnnStatus_t set_properties(cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name) {
  const cudnnBackendDescriptor_t p = properties();
  return REAL(cudnnBackendSetAttribute)(d, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &p);
}

}  // namespace

extern "C" {

size_t cudnnGetVersion() { return real() == nullptr ? 99999 : REAL(cudnnGetVersion)(); }
const char* cudnnGetErrorString(cudnnStatus_t s) {
  return real() == nullptr ? "no real cuDNN" : REAL(cudnnGetErrorString)(s);
}
void cudnnGetLastErrorString(char* out, size_t n) {
  if (real() != nullptr) REAL(cudnnGetLastErrorString)(out, n);
}
cudnnStatus_t cudnnCreate(cudnnHandle_t* h) {
  static cudnnContext one;
  *h = &one;
  return real() == nullptr || properties() == nullptr ? CUDNN_STATUS_NOT_INITIALIZED
                                                      : CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnSetStream(cudnnHandle_t, cudaStream_t) { return CUDNN_STATUS_SUCCESS; }

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t kind,
                                           cudnnBackendDescriptor_t* d) {
  const cudnnStatus_t s = REAL(cudnnBackendCreateDescriptor)(kind, d);
  if (s != CUDNN_STATUS_SUCCESS || kind != CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) return s;
  return set_properties(*d, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP);
}
cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t d) {
  return REAL(cudnnBackendDestroyDescriptor)(d);
}
cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t n,
                                       const void* values) {
  if (name == CUDNN_ATTR_OPERATIONGRAPH_HANDLE) return CUDNN_STATUS_SUCCESS;
  if (name == CUDNN_ATTR_EXECUTION_PLAN_HANDLE) {
    return set_properties(d, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP);
  }
  return REAL(cudnnBackendSetAttribute)(d, name, type, n, values);
}
cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t room, int64_t* n,
                                       void* out) {
  return REAL(cudnnBackendGetAttribute)(d, name, type, room, n, out);
}
cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t d) {
  return REAL(cudnnBackendFinalize)(d);
}
cudnnStatus_t cudnnBackendExecute(cudnnHandle_t, cudnnBackendDescriptor_t,
                                  cudnnBackendDescriptor_t) {
  return CUDNN_STATUS_NOT_SUPPORTED;
}
}
