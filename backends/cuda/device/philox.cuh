// The random numbers of <nnrun/sdk/philox.hpp>, bit for bit (normals: to the last places of log,
// sin and cos).
struct Block {
  u32 word[4];
};
__device__ inline Block random_block(const i64* s, u64 b) {
  const u64 low = u64(s[2]) + b, high = u64(s[1]) ^ u64(s[3]);
  u32 c0 = u32(low), c1 = u32(low >> 32), c2 = u32(high), c3 = u32(high >> 32);
  u32 k0 = u32(u64(s[0])), k1 = u32(u64(s[0]) >> 32);
  for (int round = 0; round < 10; ++round) {
    const u64 p0 = u64(0xD2511F53u) * c0, p1 = u64(0xCD9E8D57u) * c2;
    const u32 d0 = u32(p1 >> 32) ^ c1 ^ k0, d2 = u32(p0 >> 32) ^ c3 ^ k1;
    c1 = u32(p1);
    c3 = u32(p0);
    c0 = d0;
    c2 = d2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  Block r;
  r.word[0] = c0;
  r.word[1] = c1;
  r.word[2] = c2;
  r.word[3] = c3;
  return r;
}
__device__ inline u64 half_of(const Block& b, int half) {
  return b.word[2 * half] | u64(b.word[2 * half + 1]) << 32;
}
__device__ inline double box_muller(double u1, double u2, bool second) {
  const double r = sqrt(-2 * log(u1)), a = 6.283185307179586 * u2;
  return r * (second ? sin(a) : cos(a));
}

/// Element i of a draw of a float type that keeps `bits` bits, as a wide value.
__device__ inline float uniform(const i64* state, u64 i, int bits) {
  const Block b = random_block(state, i / 4);
  return float(b.word[i % 4] >> (32 - bits)) / float(1u << bits);
}
__device__ inline double uniform_double(const i64* state, u64 i) {
  return double(half_of(random_block(state, i / 2), int(i % 2)) >> 11) * 0x1p-53;
}
__device__ inline float normal(const i64* state, u64 i) {
  const Block b = random_block(state, i / 4);
  const int lane = int(i % 4), pair = lane & ~1;
  return float(box_muller((double(b.word[pair]) + 1) * 0x1p-32, double(b.word[pair + 1]) * 0x1p-32,
                          lane != pair));
}
__device__ inline double normal_double(const i64* state, u64 i) {
  const Block b = random_block(state, i / 2);
  return box_muller((double(half_of(b, 0) >> 11) + 1) * 0x1p-53,
                    double(half_of(b, 1) >> 11) * 0x1p-53, i % 2 == 1);
}
