// Host memory for tensors: 64-byte aligned blocks, small ones kept per thread, since a tensor of a
// few numbers must not cost more to make than to compute.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace nnrun {
namespace detail {

constexpr int64_t kBlockAlign = 64, kLargestKept = int64_t{256} << 10;
constexpr int kBlockClasses = 13;  // 64 .. 256 KiB, powers of two

struct FreeBlock {
  FreeBlock* next;
};
/// What a thread keeps. Without constructor and destructor, so that access is a plain load.
struct KeptBlocks {
  FreeBlock* list[kBlockClasses];
  int64_t room;  // bytes it may keep beside those; 0 before it keeps any, and when it ends
};
extern constinit thread_local KeptBlocks kept_blocks;

constexpr int block_class(int64_t bytes) {
  return bytes <= kBlockAlign ? 0 : 58 - __builtin_clzll(uint64_t(bytes - 1));
}
void* allocate_fresh(int64_t bytes);
void free_for_good(void* p, int64_t bytes) noexcept;

}  // namespace detail

/// Uninitialised. Throws Error(memory) when it cannot be had. Any thread may free it; `bytes` must
/// be what it was allocated with.
inline void* allocate_block(int64_t bytes) {
  using namespace detail;
  if (bytes > kLargestKept) return allocate_fresh(bytes);
  const int c = block_class(bytes);
  KeptBlocks& kept = kept_blocks;
  FreeBlock* block = kept.list[c];
  if (block == nullptr) return allocate_fresh(bytes);
  kept.list[c] = block->next;
  kept.room += kBlockAlign << c;
  return block;
}
inline void free_block(void* p, int64_t bytes) noexcept {
  using namespace detail;
  if (bytes > kLargestKept) return free_for_good(p, bytes);
  const int c = block_class(bytes);
  KeptBlocks& kept = kept_blocks;
  if (kept.room < kBlockAlign << c) return free_for_good(p, bytes);
  kept.list[c] = new (p) FreeBlock{kept.list[c]};
  kept.room -= kBlockAlign << c;
}

/// A base of what is made and let go of by every operation: its memory is such a block.
struct InBlock {
  static void* operator new(size_t n) { return allocate_block(int64_t(n)); }
  static void operator delete(void* p, size_t n) noexcept { free_block(p, int64_t(n)); }
};

/// As many T as it was made with (numbers and pointers uninitialised); few of them lie within.
template <class T, size_t kFew> class Row {
 public:
  explicit Row(size_t n)
      : size_(n), first_(n <= kFew ? reinterpret_cast<T*>(few_) : std::allocator<T>().allocate(n)) {
    std::uninitialized_default_construct_n(first_, n);
  }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  ~Row() {
    std::destroy_n(first_, size_);
    if (size_ > kFew) std::allocator<T>().deallocate(first_, size_);
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return first_; }
  T* end() { return first_ + size_; }
  const T* begin() const { return first_; }
  const T* end() const { return first_ + size_; }
  T& operator[](size_t i) { return first_[i]; }
  const T& operator[](size_t i) const { return first_[i]; }

 private:
  const size_t size_;
  T* const first_;
  alignas(T) std::byte few_[kFew * sizeof(T)];
};

}  // namespace nnrun
