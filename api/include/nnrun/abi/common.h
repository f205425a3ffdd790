/* What every ABI header needs: C linkage, noexcept function pointers, size-gated fields, exports.
 *
 * The ABI is C11 (and C++17 or later) with fixed-width integers, doubles and pointers only. A
 * struct that may grow begins with `struct_size`, the writer's sizeof; a reader asks NNR_HAS before
 * it touches a field newer than 1.0 and ignores what it does not know. Fields are only appended.
 * Reserved fields are written as 0. Nothing here throws; no pointer is freed by the other side. */
#ifndef NNRUN_ABI_COMMON_H
#define NNRUN_ABI_COMMON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define NNR_NX noexcept
#define NNR_ASSERT static_assert
#define NNR_BEGIN extern "C" {
#define NNR_END }
#else
#define NNR_NX
#define NNR_ASSERT _Static_assert
#define NNR_BEGIN
#define NNR_END
#endif

/* Size of T up to and including field f, and whether the struct at p reaches that far. */
#define NNR_THRU(T, f) ((uint32_t)(offsetof(T, f) + sizeof(((T*)0)->f)))
#define NNR_HAS(p, T, f) ((p)->struct_size >= NNR_THRU(T, f))

#define NNR_EXPORT __attribute__((visibility("default")))

/* A value id that means: absent, or not wanted. */
#define NNR_NONE UINT32_MAX

NNR_BEGIN
/* UTF-8 text: `len` bytes, and a terminating NUL after them. FROZEN. */
typedef struct nnr_str {
  const char* ptr;
  uint64_t len;
} nnr_str;
NNR_END

NNR_ASSERT(sizeof(nnr_str) == 16, "nnr_str is frozen");

#endif
