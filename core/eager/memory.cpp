#include "core/eager/memory.h"

#include <cstdlib>
#include <new>
#include <string>

#include <nnrun/error.h>

namespace nnrun {
namespace {

constexpr int64_t kAlign = 64, kLargest = int64_t{256} << 10;
constexpr int64_t kKept = int64_t{8} << 20;  // bytes a thread keeps at most
constexpr int kClasses = 13;                 // 64 .. 256 KiB, powers of two

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kKeep = false;  // so that the sanitizer sees every block's life
#else
constexpr bool kKeep = true;
#endif

struct Free {
  Free* next;
};
struct Kept {
  Free* list[kClasses];
  int64_t bytes;
  bool in_use, over;  // over: the thread is ending
};
constinit thread_local Kept kept = {};  // without a destructor, so that access is a plain load

struct KeptEnd {
  ~KeptEnd() {
    kept.over = true;
    for (Free*& head : kept.list) {
      while (head != nullptr) {
        Free* next = head->next;
        std::free(head);
        head = next;
      }
    }
  }
};

/// From now on the thread gives back what it keeps when it ends.
void start_keeping() {
  static thread_local KeptEnd end;
  static_cast<void>(&end);
  kept.in_use = true;
}

int class_of(int64_t bytes) {
  return bytes <= kAlign ? 0 : 58 - __builtin_clzll(uint64_t(bytes - 1));
}

}  // namespace

void* allocate_block(int64_t bytes) {
  int64_t size = (bytes + kAlign - 1) / kAlign * kAlign;
  if (bytes <= kLargest) {
    const int c = class_of(bytes);
    if (Free* block = kept.list[c]) {
      kept.list[c] = block->next;
      kept.bytes -= kAlign << c;
      return block;
    }
    size = kAlign << c;
  }
  void* p = std::aligned_alloc(size_t(kAlign), size_t(size));
  if (p == nullptr)
    throw Error(Code::memory, "cannot allocate " + std::to_string(bytes) + " bytes");
  return p;
}

void free_block(void* p, int64_t bytes) noexcept {
  if (kKeep && bytes <= kLargest) {
    const int c = class_of(bytes);
    if (!kept.over && kept.bytes + (kAlign << c) <= kKept) {
      if (!kept.in_use) start_keeping();
      kept.list[c] = new (p) Free{kept.list[c]};
      kept.bytes += kAlign << c;
      return;
    }
  }
  std::free(p);
}

}  // namespace nnrun
