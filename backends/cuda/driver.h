// The NVIDIA driver: its functions, and its errors as status codes.
#pragma once

#include <cuda.h>

#include <string>

#include "backends/cuda/library.h"

// clang-format off
#define NNRUN_CUDA_DRIVER(F) \
  F(cuInit) F(cuDriverGetVersion) F(cuGetErrorName) F(cuGetErrorString) F(cuDeviceGetCount) \
  F(cuDeviceGet) F(cuDeviceGetName) F(cuDeviceGetAttribute) F(cuDeviceTotalMem) \
  F(cuDevicePrimaryCtxRetain) F(cuDevicePrimaryCtxRelease) F(cuCtxPushCurrent) \
  F(cuCtxPopCurrent) F(cuMemGetInfo) F(cuDeviceGetDefaultMemPool) F(cuMemPoolSetAttribute) \
  F(cuMemAllocAsync) F(cuMemFreeAsync) F(cuMemAllocHost) F(cuMemFreeHost) F(cuMemcpyHtoDAsync) \
  F(cuMemcpyDtoHAsync) F(cuMemcpyAsync) F(cuMemsetD8Async) F(cuStreamCreate) F(cuStreamDestroy) \
  F(cuStreamSynchronize) F(cuStreamWaitEvent) F(cuStreamBeginCapture) F(cuStreamEndCapture) \
  F(cuEventCreate) F(cuEventDestroy) F(cuEventRecord) F(cuEventQuery) F(cuEventSynchronize) \
  F(cuGraphInstantiateWithFlags) F(cuGraphLaunch) F(cuGraphDestroy) F(cuGraphExecDestroy) \
  F(cuModuleLoadData) F(cuModuleGetFunction) F(cuLaunchKernel)
// clang-format on

namespace nnrun::cuda {

struct Driver {
  NNRUN_CUDA_DRIVER(NNRUN_CUDA_POINTER)

  /// Opens libcuda and initialises it. Throws Failure(UNSUPPORTED) with the reason: no driver, one
  /// that is too old (both versions are named), no GPU.
  Driver();

  /// Throws Failure when r is an error: NOMEM, DEVICE_LOST or INTERNAL, with the driver's words.
  void check(CUresult r, const char* what) const {
    if (r != CUDA_SUCCESS) fail(r, what);
  }

 private:
  [[noreturn]] void fail(CUresult r, const char* what) const;
  std::string text(CUresult r) const;
};

/// The driver of this process, opened at the first call. From any thread.
const Driver& driver();

}  // namespace nnrun::cuda
