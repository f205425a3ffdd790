// Host memory for tensors: 64-byte aligned blocks, small ones kept per thread, since a tensor of a
// few numbers must not cost more to make than to compute.
#pragma once

#include <cstdint>

namespace nnrun {

/// Uninitialised. Throws Error(memory) when it cannot be had. Any thread may free it; `bytes` must
/// be what it was allocated with.
void* allocate_block(int64_t bytes);
void free_block(void* p, int64_t bytes) noexcept;

}  // namespace nnrun
