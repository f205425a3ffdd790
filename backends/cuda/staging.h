// Copies between a GPU and pageable memory of the host, by way of pinned memory.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>

#include "backends/cuda/driver.h"

namespace nnrun::cuda {

/// Two pinned blocks that take turns: while one is on its way, the other is filled or emptied. The
/// context that is current when it is made has to be current at each call. From any thread.
class Staging {
 public:
  static constexpr uint64_t kBlock = uint64_t{4} << 20;

  /// The source may be reused on return.
  void from_host(void* to, const void* from, uint64_t bytes, CUstream s);
  /// Complete on return.
  void to_host(void* to, const void* from, uint64_t bytes, CUstream s);

 private:
  struct Block {
    void* memory = nullptr;  // null until the first copy
    CUevent free = nullptr;  // recorded after its last use
  };
  Block& ready(size_t i);

  std::mutex mutex_;
  std::array<Block, 2> blocks_;  // live as long as the process; guarded by mutex_
};

}  // namespace nnrun::cuda
