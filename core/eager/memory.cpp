#include "core/eager/memory.h"

#include <cstdlib>
#include <string>
#include <utility>

#include <nnrun/error.h>

namespace nnrun::detail {

constinit thread_local KeptBlocks kept_blocks = {};

namespace {

constexpr int64_t kMostKept = int64_t{8} << 20;  // bytes, by a thread

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeep = false;  // so that the sanitizer sees every block's life
#else
constexpr bool kKeep = true;
#endif

struct KeptEnd {
  ~KeptEnd() {
    kept_blocks.room = 0;
    for (FreeBlock*& head : kept_blocks.list) {
      while (head != nullptr) {
        FreeBlock* next = head->next;
        std::free(head);
        head = next;
      }
    }
  }
};

/// At the first block that a thread frees; true once. It ends with the thread.
bool start_keeping() {
  static thread_local bool started = false;
  if (!kKeep || std::exchange(started, true)) return false;
  static thread_local KeptEnd end;
  static_cast<void>(&end);
  kept_blocks.room = kMostKept;
  return true;
}

}  // namespace

void* allocate_fresh(int64_t bytes) {
  const int64_t size = bytes <= kLargestKept
                           ? kBlockAlign << block_class(bytes)
                           : (bytes + kBlockAlign - 1) / kBlockAlign * kBlockAlign;
  // What no address space holds is not even asked for: some allocators end the process then.
  void* p = bytes >> 47 == 0 ? std::aligned_alloc(size_t(kBlockAlign), size_t(size)) : nullptr;
  if (p == nullptr) {
    throw Error(Code::memory, "cannot allocate " + std::to_string(bytes) + " bytes");
  }
  return p;
}

void free_for_good(void* p, int64_t bytes) noexcept {
  if (bytes <= kLargestKept && start_keeping()) return free_block(p, bytes);
  std::free(p);
}

}  // namespace nnrun::detail
