// Checked arithmetic for sizes. Every product or sum of numbers that come from a file or a user
// goes through here; an overflow is an Error with code memory.
#pragma once

#include <cstdint>

#include <nnrun/error.h>

namespace nnrun {

inline bool mul_ok(int64_t a, int64_t b, int64_t* out) {
  return !__builtin_mul_overflow(a, b, out);
}
inline bool add_ok(int64_t a, int64_t b, int64_t* out) {
  return !__builtin_add_overflow(a, b, out);
}

inline int64_t checked_mul(int64_t a, int64_t b) {
  int64_t r;
  if (!mul_ok(a, b, &r)) throw Error(Code::memory, "a size overflows 64 bits");
  return r;
}
inline int64_t checked_add(int64_t a, int64_t b) {
  int64_t r;
  if (!add_ok(a, b, &r)) throw Error(Code::memory, "a size overflows 64 bits");
  return r;
}
/// Rounds up to a multiple of a power of two.
inline int64_t align_up(int64_t n, int64_t align) {
  return checked_add(n, align - 1) & ~(align - 1);
}

}  // namespace nnrun
