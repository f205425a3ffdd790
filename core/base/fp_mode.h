// The floating-point mode of a thread: rounding, denormals and traps, without the sticky flags of
// what has happened. It belongs to the caller: workers take it over, plug-ins are set back to it.
//
// FlushDenormals: while one lives, numbers below the smallest normal one count as zero in this
// thread, and in the pool's threads in what it has them do.
//
// Training computes so: momentum of a weight that gets no gradient decays into such numbers and
// stays there, since rounding ends the decay, and each costs a CPU hundreds of cycles. The error is
// below 1.2e-38. A caller's own arithmetic, eager tensors and predictions are as IEEE 754 has them.
#pragma once

#if defined(__x86_64__)
#include <xmmintrin.h>
#elif defined(__aarch64__)
#include <cstdint>
#else
#include <cfenv>
#endif

namespace nnrun {

#if defined(__x86_64__)
using FpMode = unsigned;
inline constexpr FpMode kFlush = 0x8040;  // FTZ, of results, and DAZ, of operands
inline FpMode fp_mode() { return _mm_getcsr() & ~0x3fu; }
inline void set_fp_mode(FpMode mode) { _mm_setcsr((_mm_getcsr() & 0x3fu) | mode); }
#elif defined(__aarch64__)
using FpMode = uint64_t;
inline constexpr FpMode kFlush = FpMode{1} << 24;  // FZ
inline FpMode fp_mode() {
  FpMode mode;
  asm volatile("mrs %0, fpcr" : "=r"(mode));
  return mode;
}
inline void set_fp_mode(FpMode mode) { asm volatile("msr fpcr, %0" ::"r"(mode)); }
#else
using FpMode = int;
inline constexpr FpMode kFlush = 0;
inline FpMode fp_mode() { return std::fegetround(); }
inline void set_fp_mode(FpMode mode) { std::fesetround(mode); }
#endif

class FlushDenormals {
 public:
  FlushDenormals() : before_(fp_mode()) { set_fp_mode(before_ | kFlush); }
  ~FlushDenormals() { set_fp_mode(before_); }
  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  const FpMode before_;
};

}  // namespace nnrun
