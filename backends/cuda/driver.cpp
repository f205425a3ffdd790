#include "backends/cuda/driver.h"

#include <nnrun/sdk/status.hpp>

namespace nnrun::cuda {
namespace {

/// What code compiled by NVRTC of CUDA 13 runs on.
constexpr int kOldest = 13000;

std::string version(int v) {
  return std::to_string(v / 1000) + "." + std::to_string(v % 1000 / 10);
}

nnr_status status_of(CUresult r) {
  switch (r) {
    case CUDA_ERROR_OUT_OF_MEMORY: return NNR_E_NOMEM;
    case CUDA_ERROR_ECC_UNCORRECTABLE:
    case CUDA_ERROR_DEVICE_UNAVAILABLE:
    case CUDA_ERROR_ILLEGAL_ADDRESS:
    case CUDA_ERROR_LAUNCH_TIMEOUT:
    case CUDA_ERROR_CONTEXT_IS_DESTROYED:
    case CUDA_ERROR_ASSERT:
    case CUDA_ERROR_HARDWARE_STACK_ERROR:
    case CUDA_ERROR_ILLEGAL_INSTRUCTION:
    case CUDA_ERROR_MISALIGNED_ADDRESS:
    case CUDA_ERROR_INVALID_ADDRESS_SPACE:
    case CUDA_ERROR_INVALID_PC:
    case CUDA_ERROR_LAUNCH_FAILED: return NNR_E_DEVICE_LOST;  // the context is of no more use
    default: return NNR_E_INTERNAL;
  }
}

}  // namespace

Driver::Driver() {
  const Library library("libcuda.so.1", "it comes with the NVIDIA driver");
  NNRUN_CUDA_DRIVER(NNRUN_CUDA_LOOK_UP)
  int found = 0;
  if (cuDriverGetVersion(&found) == CUDA_SUCCESS && found < kOldest) {
    throw sdk::Failure(NNR_E_UNSUPPORTED, "the NVIDIA driver supports CUDA " + version(found) +
                                              " and this backend needs " + version(kOldest) +
                                              " or newer: update the driver");
  }
  if (const CUresult r = cuInit(0); r != CUDA_SUCCESS) {
    throw sdk::Failure(NNR_E_UNSUPPORTED, "the NVIDIA driver finds no GPU: " + text(r));
  }
}

std::string Driver::text(CUresult r) const {
  const char *name = nullptr, *words = nullptr;
  if (cuGetErrorName(r, &name) != CUDA_SUCCESS || name == nullptr) {
    return "CUDA error " + std::to_string(int(r));
  }
  cuGetErrorString(r, &words);
  return std::string(name) + (words == nullptr ? "" : std::string(" (") + words + ")");
}

void Driver::fail(CUresult r, const char* what) const {
  throw sdk::Failure(status_of(r), std::string(what) + ": " + text(r));
}

const Driver& driver() {
  static const Driver* d = new Driver();  // used until the process ends
  return *d;
}

}  // namespace nnrun::cuda
