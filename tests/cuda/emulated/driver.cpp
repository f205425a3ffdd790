// libcuda.so.1 for tests: a GPU whose memory is the host's, and whose kernels are shared libraries
// (nvrtc.cpp). Everything is complete on return, but what a capture takes.
#include <cuda.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "tests/cuda/emulated/threads.h"

using nnrun::emulated::run_blocks;
using nnrun::emulated::setting;
using nnrun::emulated::Threads;

using Work = std::function<void()>;

struct CUgraph_st {
  std::vector<Work> work;
};
struct CUgraphExec_st : CUgraph_st {};
struct CUstream_st {
  CUgraph capture = nullptr;
};
struct CUevent_st {};
struct CUctx_st {};
struct CUmemPoolHandle_st {};
struct CUmod_st {
  void* library = nullptr;
};
struct CUfunc_st {
  void (*call)(const void* argument);
  size_t argument;  // its size
  Threads* threads;
  bool waits;
};

namespace {

std::mutex mutex;  // one thing at a time
CUctx_st context;
CUmemPoolHandle_st pool;
thread_local std::vector<CUcontext> contexts;
std::map<CUdeviceptr, size_t> allocated;
size_t in_use = 0;
long long launches = 0;

size_t total() { return size_t(setting("memory", 1ll << 30)); }
bool lost() {
  const long long after = setting("lost_after", -1);
  return after >= 0 && launches > after;
}

/// Now, or when the graph that the stream captures is launched.
CUresult enqueue(CUstream s, Work work) {
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  const std::lock_guard lock(mutex);
  if (s != nullptr && s->capture != nullptr) {
    s->capture->work.push_back(std::move(work));
    return CUDA_SUCCESS;
  }
  work();
  return lost() ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS;
}
void* at(CUdeviceptr p) { return reinterpret_cast<void*>(p); }

}  // namespace

extern "C" {

CUresult cuInit(unsigned) {
  return setting("devices", 1) == 0 ? CUDA_ERROR_NO_DEVICE : CUDA_SUCCESS;
}
CUresult cuDriverGetVersion(int* v) {
  *v = int(setting("version", 13000));
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult r, const char** out) {
  *out = r == CUDA_ERROR_NO_DEVICE       ? "CUDA_ERROR_NO_DEVICE"
         : r == CUDA_ERROR_LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED"
         : r == CUDA_ERROR_OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY"
                                         : "CUDA_ERROR";
  return CUDA_SUCCESS;
}
CUresult cuGetErrorString(CUresult, const char** out) {
  *out = "emulated";
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetCount(int* n) {
  *n = int(setting("devices", 1));
  return CUDA_SUCCESS;
}
CUresult cuDeviceGet(CUdevice* out, int i) {
  *out = i;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetName(char* out, int n, CUdevice) {
  std::strncpy(out, "emulated GPU", size_t(n));
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int* out, CUdevice_attribute a, CUdevice) {
  *out = a == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR ? 9
         : a == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT   ? 2
         : a == CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS ? int(setting("host_memory", 1))
                                                           : 0;
  return CUDA_SUCCESS;
}
CUresult cuDeviceTotalMem(size_t* n, CUdevice) {
  *n = total();
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext* out, CUdevice) {
  *out = &context;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease(CUdevice) { return CUDA_SUCCESS; }
CUresult cuCtxPushCurrent(CUcontext c) {
  contexts.push_back(c);
  return CUDA_SUCCESS;
}
CUresult cuCtxPopCurrent(CUcontext* out) {
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  *out = contexts.back();
  contexts.pop_back();
  return CUDA_SUCCESS;
}

CUresult cuMemGetInfo(size_t* unused, size_t* all) {
  const std::lock_guard lock(mutex);
  *all = total();
  *unused = *all - in_use;
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* out, CUdevice) {
  *out = &pool;
  return CUDA_SUCCESS;
}
CUresult cuMemPoolSetAttribute(CUmemoryPool, CUmemPool_attribute, void*) { return CUDA_SUCCESS; }
CUresult cuMemAllocAsync(CUdeviceptr* out, size_t n, CUstream) {
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  const std::lock_guard lock(mutex);
  if (n > total() - in_use) return CUDA_ERROR_OUT_OF_MEMORY;
  *out = reinterpret_cast<CUdeviceptr>(std::aligned_alloc(256, (n + 255) / 256 * 256));
  allocated[*out] = n;
  in_use += n;
  return CUDA_SUCCESS;
}
CUresult cuMemFreeAsync(CUdeviceptr p, CUstream) {
  const std::lock_guard lock(mutex);
  const auto it = allocated.find(p);
  if (it == allocated.end()) return CUDA_ERROR_INVALID_VALUE;
  in_use -= it->second;
  allocated.erase(it);
  std::free(at(p));
  return CUDA_SUCCESS;
}
CUresult cuMemAllocHost(void** out, size_t n) {
  *out = std::aligned_alloc(4096, (n + 4095) / 4096 * 4096);
  return *out == nullptr ? CUDA_ERROR_OUT_OF_MEMORY : CUDA_SUCCESS;
}
CUresult cuMemFreeHost(void* p) {
  std::free(p);
  return CUDA_SUCCESS;
}
CUresult cuMemcpyAsync(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) {
  return enqueue(s, [=] { std::memmove(at(to), at(from), n); });
}
CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void* from, size_t n, CUstream s) {
  return enqueue(s, [=] { std::memcpy(at(to), from, n); });
}
CUresult cuMemcpyDtoHAsync(void* to, CUdeviceptr from, size_t n, CUstream s) {
  return enqueue(s, [=] { std::memcpy(to, at(from), n); });
}
CUresult cuMemsetD8Async(CUdeviceptr p, unsigned char byte, size_t n, CUstream s) {
  return enqueue(s, [=] { std::memset(at(p), byte, n); });
}

CUresult cuStreamCreate(CUstream* out, unsigned) {
  *out = new CUstream_st;
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy(CUstream s) {
  delete s;
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream s) {
  if (s != nullptr && s->capture != nullptr) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  return lost() ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS;
}
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned) { return CUDA_SUCCESS; }
CUresult cuEventCreate(CUevent* out, unsigned) {
  *out = new CUevent_st;
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy(CUevent e) {
  delete e;
  return CUDA_SUCCESS;
}
CUresult cuEventRecord(CUevent, CUstream) { return CUDA_SUCCESS; }
CUresult cuEventQuery(CUevent) { return CUDA_SUCCESS; }
CUresult cuEventSynchronize(CUevent) { return CUDA_SUCCESS; }

CUresult cuStreamBeginCapture(CUstream s, CUstreamCaptureMode) {
  if (s == nullptr || s->capture != nullptr) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  s->capture = new CUgraph_st;
  return CUDA_SUCCESS;
}
CUresult cuStreamEndCapture(CUstream s, CUgraph* out) {
  if (s == nullptr || s->capture == nullptr) return CUDA_ERROR_ILLEGAL_STATE;
  *out = s->capture;
  s->capture = nullptr;
  return CUDA_SUCCESS;
}
CUresult cuGraphInstantiateWithFlags(CUgraphExec* out, CUgraph g, unsigned long long) {
  *out = new CUgraphExec_st{*g};
  return CUDA_SUCCESS;
}
CUresult cuGraphLaunch(CUgraphExec g, CUstream) {
  const std::lock_guard lock(mutex);
  for (const Work& w : g->work) w();
  return lost() ? CUDA_ERROR_LAUNCH_FAILED : CUDA_SUCCESS;
}
CUresult cuGraphDestroy(CUgraph g) {
  delete g;
  return CUDA_SUCCESS;
}
CUresult cuGraphExecDestroy(CUgraphExec g) {
  delete g;
  return CUDA_SUCCESS;
}

CUresult cuModuleLoadData(CUmodule* out, const void* image) {
  // The size of a shared library stands in its header: the section table comes last.
  const unsigned char* elf = static_cast<const unsigned char*>(image);
  uint64_t table = 0;
  uint16_t entry = 0, entries = 0;
  std::memcpy(&table, elf + 40, 8);
  std::memcpy(&entry, elf + 58, 2);
  std::memcpy(&entries, elf + 60, 2);
  char file[] = "/tmp/nnrun-module-XXXXXX";
  const int fd = mkstemp(file);
  const size_t n = table + size_t(entry) * entries;
  const bool written = fd >= 0 && ::write(fd, image, n) == ssize_t(n);
  ::close(fd);
  void* library = written ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : nullptr;
  ::unlink(file);
  if (library == nullptr) return CUDA_ERROR_INVALID_IMAGE;
  *out = new CUmod_st{library};
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction* out, CUmodule m, const char* name) {
  if (std::strcmp(name, "kernel") != 0) return CUDA_ERROR_NOT_FOUND;
  *out = new CUfunc_st{reinterpret_cast<void (*)(const void*)>(dlsym(m->library, "nnrun_call")),
                       *static_cast<const size_t*>(dlsym(m->library, "nnrun_argument")),
                       static_cast<Threads*>(dlsym(m->library, "nnrun_threads")),
                       *static_cast<const int*>(dlsym(m->library, "nnrun_waits")) != 0};
  return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                        unsigned by, unsigned bz, unsigned shared, CUstream s, void** params,
                        void**) {
  if (gx == 0 || gy != 1 || gz != 1 || bx == 0 || bx > 1024 || by != 1 || bz != 1 || shared != 0 ||
      f->argument > 32764) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  const char* argument = static_cast<const char*>(params[0]);
  const std::vector<char> kept(argument, argument + f->argument);  // aligned as by operator new
  return enqueue(s, [=] {
    ++launches;
    run_blocks(*f->threads, gx, bx, f->waits, [&] { f->call(kept.data()); });
  });
}
}
