// Philox4x32-10, 16 blocks side by side; what <nnrun/sdk/philox.hpp> says, bit for bit.
#include "backends/onednn/simd/elements.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {
namespace {

constexpr int64_t kWide = 16;

/// Word k of block begin + i is word[k][i].
void sixteen_blocks(const int64_t* state, uint64_t begin, uint32_t (*word)[kWide]) {
  const uint64_t key = uint64_t(state[0]), high = uint64_t(state[1]) ^ uint64_t(state[3]);
  const uint64_t first = uint64_t(state[2]) + begin;
  const uint32_t first_low = uint32_t(first), first_high = uint32_t(first >> 32);
  for (int64_t i = 0; i < kWide; ++i) {
    uint32_t c0 = first_low + uint32_t(i), c1 = first_high + (c0 < first_low ? 1u : 0u);
    uint32_t c2 = uint32_t(high), c3 = uint32_t(high >> 32);
    uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = uint64_t{0xD2511F53u} * c0, p1 = uint64_t{0xCD9E8D57u} * c2;
      c0 = uint32_t(p1 >> 32) ^ c1 ^ k0;
      c2 = uint32_t(p0 >> 32) ^ c3 ^ k1;
      c1 = uint32_t(p1);
      c3 = uint32_t(p0);
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    word[0][i] = c0;
    word[1][i] = c1;
    word[2][i] = c2;
    word[3][i] = c3;
  }
}

/// 64 uniform numbers from block `begin` on.
NNRUN_INLINE void sixtyfour(const int64_t* state, uint64_t begin, float* out) {
  uint32_t word[4][kWide];
  sixteen_blocks(state, begin, word);
  for (int64_t i = 0; i < kWide; ++i) {
    for (int64_t k = 0; k < 4; ++k) out[4 * i + k] = float(int32_t(word[k][i] >> 8)) * 0x1p-24f;
  }
}

}  // namespace

void uniform_blocks(const int64_t* state, uint64_t begin, int64_t blocks, float* out) {
  for (; blocks >= kWide; blocks -= kWide, begin += kWide, out += 4 * kWide) {
    sixtyfour(state, begin, out);
  }
  if (blocks > 0) {
    float last[4 * kWide];
    sixtyfour(state, begin, last);
    for (int64_t i = 0; i < 4 * blocks; ++i) out[i] = last[i];
  }
}

void dropout(const int64_t* state, uint64_t begin, int64_t n, float p, float scale, const float* x,
             float* y, uint8_t* mask) {
  for (int64_t i = 0; i < n; i += 4 * kWide) {
    float u[4 * kWide];
    sixtyfour(state, (begin + uint64_t(i)) / 4, u);
    const int64_t m = n - i < 4 * kWide ? n - i : 4 * kWide;
#pragma GCC ivdep
    for (int64_t k = 0; k < m; ++k) {
      const uint8_t stays = u[k] >= p ? 1 : 0;
      mask[i + k] = stays;
      y[i + k] = x[i + k] * float(stays) * scale;
    }
  }
}

}  // namespace nnrun::onednn::NNRUN_ISA
