// Philox4x32-10, 16 blocks side by side; what <nnrun/sdk/philox.hpp> says, bit for bit.
#include "backends/onednn/simd/elements.h"
#include "backends/onednn/simd/tables.h"

namespace nnrun::onednn::NNRUN_ISA {

void uniform_blocks(const int64_t* state, uint64_t begin, int64_t blocks, float* out) {
  constexpr int64_t kWide = 16;
  const uint64_t key = uint64_t(state[0]), high = uint64_t(state[1]) ^ uint64_t(state[3]);
  for (int64_t done = 0; done < blocks; done += kWide) {
    uint32_t c0[kWide], c1[kWide], c2[kWide], c3[kWide];
    for (int64_t i = 0; i < kWide; ++i) {
      const uint64_t low = uint64_t(state[2]) + begin + uint64_t(done + i);
      c0[i] = uint32_t(low);
      c1[i] = uint32_t(low >> 32);
      c2[i] = uint32_t(high);
      c3[i] = uint32_t(high >> 32);
    }
    uint32_t k0 = uint32_t(key), k1 = uint32_t(key >> 32);
    for (int round = 0; round < 10; ++round) {
      for (int64_t i = 0; i < kWide; ++i) {
        const uint64_t p0 = uint64_t{0xD2511F53u} * c0[i], p1 = uint64_t{0xCD9E8D57u} * c2[i];
        c0[i] = uint32_t(p1 >> 32) ^ c1[i] ^ k0;
        c2[i] = uint32_t(p0 >> 32) ^ c3[i] ^ k1;
        c1[i] = uint32_t(p1);
        c3[i] = uint32_t(p0);
      }
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    const int64_t n = blocks - done < kWide ? blocks - done : kWide;
    float* o = out + done * 4;
    for (int64_t i = 0; i < n; ++i) {
      o[4 * i] = float(int32_t(c0[i] >> 8)) * 0x1p-24f;
      o[4 * i + 1] = float(int32_t(c1[i] >> 8)) * 0x1p-24f;
      o[4 * i + 2] = float(int32_t(c2[i] >> 8)) * 0x1p-24f;
      o[4 * i + 3] = float(int32_t(c3[i] >> 8)) * 0x1p-24f;
    }
  }
}

}  // namespace nnrun::onednn::NNRUN_ISA
