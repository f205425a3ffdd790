#include "backends/cuda/staging.h"

#include <algorithm>
#include <cstring>

namespace nnrun::cuda {
namespace {

CUdeviceptr address(const void* p) { return reinterpret_cast<CUdeviceptr>(p); }

}  // namespace

Staging::Block& Staging::ready(size_t i) {
  const Driver& d = driver();
  Block& b = blocks_[i];
  if (b.free == nullptr) {
    d.check(d.cuMemAllocHost(&b.memory, kBlock), "cuMemAllocHost");
    d.check(d.cuEventCreate(&b.free, CU_EVENT_DISABLE_TIMING), "cuEventCreate");
  } else {
    d.check(d.cuEventSynchronize(b.free), "cuEventSynchronize");
  }
  return b;
}

void Staging::from_host(void* to, const void* from, uint64_t bytes, CUstream s) {
  const std::lock_guard lock(mutex_);
  const Driver& d = driver();
  const char* source = static_cast<const char*>(from);
  for (uint64_t at = 0, i = 0; at < bytes; at += kBlock, ++i) {
    const uint64_t n = std::min(bytes - at, kBlock);
    const Block& b = ready(i % 2);
    std::memcpy(b.memory, source + at, n);
    d.check(d.cuMemcpyHtoDAsync(address(to) + at, b.memory, n, s), "cuMemcpyHtoDAsync");
    d.check(d.cuEventRecord(b.free, s), "cuEventRecord");
  }
}

void Staging::to_host(void* to, const void* from, uint64_t bytes, CUstream s) {
  const std::lock_guard lock(mutex_);
  const Driver& d = driver();
  const auto part = [&](uint64_t i) { return std::min(bytes - i * kBlock, kBlock); };
  const uint64_t parts = (bytes + kBlock - 1) / kBlock;
  // Part i arrives in one block while part i - 1 leaves the other.
  for (uint64_t i = 0; i <= parts; ++i) {
    if (i < parts) {
      const Block& b = ready(i % 2);
      d.check(d.cuMemcpyDtoHAsync(b.memory, address(from) + i * kBlock, part(i), s),
              "cuMemcpyDtoHAsync");
      d.check(d.cuEventRecord(b.free, s), "cuEventRecord");
    }
    if (i > 0) {
      const Block& b = ready((i - 1) % 2);
      std::memcpy(static_cast<char*>(to) + (i - 1) * kBlock, b.memory, part(i - 1));
    }
  }
}

}  // namespace nnrun::cuda
