// Machine code from straight-line vector code, for x86-64 with AVX2 and FMA.
#pragma once

#include <memory>

#include "backends/onednn/tiny/code.h"

namespace nnrun::onednn::tiny {

bool can_emit();  // on this CPU

/// A function that runs the code. Never written to after it was made: many threads may call it,
/// with scratch memory of their own.
class Function {
 public:
  explicit Function(const Code& code);
  Function(Function&&) noexcept;
  ~Function();

  /// 1: a `require` did not hold, and nothing was written but scratch memory.
  /// rows: one address for each lane that an instruction `rows` reads.
  int operator()(void* const* buffers, void* scratch, const char* const* rows) const {
    return run_(buffers, scratch, rows);
  }
  size_t code_bytes() const { return bytes_; }
  int64_t scratch_bytes() const { return scratch_bytes_; }  // 32-byte aligned

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
  int (*run_)(void* const*, void*, const char* const*) = nullptr;
  size_t bytes_ = 0;
  int64_t scratch_bytes_ = 0;
};

}  // namespace nnrun::onednn::tiny
