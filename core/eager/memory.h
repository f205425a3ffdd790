// Host memory for tensors: 64-byte aligned blocks, small ones kept per thread, since a tensor of a
// few numbers must not cost more to make than to compute.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nnrun {

/// Uninitialised. Throws Error(memory) when it cannot be had. Any thread may free it; `bytes` must
/// be what it was allocated with.
void* allocate_block(int64_t bytes);
void free_block(void* p, int64_t bytes) noexcept;

/// A base of what is made and let go of by every operation: its memory is such a block.
struct InBlock {
  static void* operator new(size_t n) { return allocate_block(int64_t(n)); }
  static void operator delete(void* p, size_t n) noexcept { free_block(p, int64_t(n)); }
};

/// As many T as it was made with, of which the first few lie within.
template <class T, size_t kFew> class Row {
 public:
  explicit Row(size_t n) : size_(n), many_(n > kFew ? new T[n]() : nullptr) {}
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;
  ~Row() { delete[] many_; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* begin() { return many_ != nullptr ? many_ : few_; }
  T* end() { return begin() + size_; }
  const T* begin() const { return many_ != nullptr ? many_ : few_; }
  const T* end() const { return begin() + size_; }
  T& operator[](size_t i) { return begin()[i]; }
  const T& operator[](size_t i) const { return begin()[i]; }

 private:
  const size_t size_;
  T* const many_;
  T few_[kFew] = {};
};

}  // namespace nnrun
