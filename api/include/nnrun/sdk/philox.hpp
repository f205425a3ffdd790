// The random numbers of nnrun: one counter-based generator, so that element i of any draw is
// computed alone, and every backend and thread count gives the same numbers. What is written here
// is fixed: saved runs depend on it.
//
// Generator: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2,
// 3", SC 2011), which turns a counter of four words and a key of two into four random words.
//
// State: int64[4] = {key0, key1, position, step}, each read as unsigned. Block b of a state is
// Philox of
//   key     = low word of key0, high word of key0
//   counter = low and high word of (position + b) mod 2^64, low and high word of (key1 xor step)
// so a state with another key0, key1 or step is another stream. A stream that is used once per
// training step counts `step` up.
//
// Uniform, [0, 1): word k of block b is element 4b + k, of which the top 24 bits count for float32,
// 11 for float16, 8 for bfloat16. For float64, words 2k (low) and 2k + 1 (high) of block b are
// element 2b + k, of which the top 53 bits count. All are exact, thus equal in bits everywhere.
//
// Normal, mean 0 and variance 1, by Box and Muller (1958) in double: from u1 in (0, 1] and u2 in
// [0, 1)
//   r = sqrt(-2 ln u1), a = 2 pi u2, z0 = r cos a, z1 = r sin a
// float32: elements 4b + 2k and 4b + 2k + 1 are z0 and z1 of u1 = (word 2k + 1) / 2^32 and
// u2 = (word 2k+1 of the block) / 2^32, rounded once; 16-bit floats round that float32. float64:
// elements 2b and 2b + 1 are z0 and z1 of u1 = (m + 1) / 2^53 and u2 = n / 2^53, where m and n are
// the top 53 bits of the two 64-bit halves of block b. Equal up to the last places of log, sin and
// cos.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "dtype.hpp"

#ifdef __CUDACC__
#define NNRUN_HOST_DEVICE __host__ __device__
#else
#define NNRUN_HOST_DEVICE
#endif

namespace nnrun::sdk {

struct PhiloxBlock {
  uint32_t word[4];
};

/// Ten rounds of Philox4x32.
NNRUN_HOST_DEVICE inline PhiloxBlock philox4x32(PhiloxBlock counter, uint32_t key0, uint32_t key1) {
  uint32_t* c = counter.word;
  for (int round = 0; round < 10; ++round) {
    const uint64_t p0 = uint64_t{0xD2511F53u} * c[0];
    const uint64_t p1 = uint64_t{0xCD9E8D57u} * c[2];
    c[0] = uint32_t(p1 >> 32) ^ c[1] ^ key0;
    c[2] = uint32_t(p0 >> 32) ^ c[3] ^ key1;
    c[1] = uint32_t(p1);
    c[3] = uint32_t(p0);
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// Block b of a state of four numbers.
NNRUN_HOST_DEVICE inline PhiloxBlock random_block(const int64_t* state, uint64_t b) {
  const uint64_t key = uint64_t(state[0]);
  const uint64_t low = uint64_t(state[2]) + b;
  const uint64_t high = uint64_t(state[1]) ^ uint64_t(state[3]);
  return philox4x32({{uint32_t(low), uint32_t(low >> 32), uint32_t(high), uint32_t(high >> 32)}},
                    uint32_t(key), uint32_t(key >> 32));
}

/// 64-bit half 0 or 1 of a block.
NNRUN_HOST_DEVICE inline uint64_t half_of(const PhiloxBlock& b, int half) {
  return b.word[2 * half] | uint64_t{b.word[2 * half + 1]} << 32;
}

/// The top `bits` (at most 24) of a word, as a float in [0, 1).
NNRUN_HOST_DEVICE inline float unit_float(uint32_t word, int bits) {
  return float(word >> (32 - bits)) / float(1u << bits);
}
NNRUN_HOST_DEVICE inline double unit_double(uint64_t half) { return double(half >> 11) * 0x1p-53; }

/// z0 or z1 of u1 and u2.
NNRUN_HOST_DEVICE inline double box_muller(double u1, double u2, bool second) {
  const double r = std::sqrt(-2 * std::log(u1)), a = 6.283185307179586 * u2;
  return r * (second ? std::sin(a) : std::cos(a));
}

/// Elements made of one block.
template <class T> inline constexpr int kRandomLanes = sizeof(T) == 8 ? 2 : 4;

/// Element `lane` of a block as a uniform T.
template <class T> NNRUN_HOST_DEVICE T uniform_of(const PhiloxBlock& b, int lane) {
  constexpr int bits[kDTypes] = {24, 53, 8, 11};
  if constexpr (std::is_same_v<T, double>) {
    return unit_double(half_of(b, lane));
  } else {
    return T(unit_float(b.word[lane], bits[int(dtype_of<T>::value)]));
  }
}

/// Element `lane` of a block as a normal T.
template <class T> NNRUN_HOST_DEVICE T normal_of(const PhiloxBlock& b, int lane) {
  if constexpr (std::is_same_v<T, double>) {
    const double u1 = (double(half_of(b, 0) >> 11) + 1) * 0x1p-53;
    return box_muller(u1, unit_double(half_of(b, 1)), lane == 1);
  } else {
    const int pair = lane & ~1;
    const double u1 = (double(b.word[pair]) + 1) * 0x1p-32;
    return T(float(box_muller(u1, double(b.word[pair + 1]) * 0x1p-32, lane != pair)));
  }
}

/// Element i alone. T: float, double, float16 or bfloat16.
template <class T> NNRUN_HOST_DEVICE T uniform(const int64_t* state, uint64_t i) {
  constexpr uint64_t n = kRandomLanes<T>;
  return uniform_of<T>(random_block(state, i / n), int(i % n));
}
template <class T> NNRUN_HOST_DEVICE T normal(const int64_t* state, uint64_t i) {
  constexpr uint64_t n = kRandomLanes<T>;
  return normal_of<T>(random_block(state, i / n), int(i % n));
}

/// Elements [begin, end) into out[0], out[1], ...: one block at a time.
template <class T, class Of>
void random_fill(const int64_t* state, uint64_t begin, uint64_t end, T* out, Of of) {
  constexpr uint64_t n = kRandomLanes<T>;
  for (uint64_t i = begin; i < end;) {
    const PhiloxBlock b = random_block(state, i / n);
    for (uint64_t lane = i % n; lane < n && i < end; ++lane, ++i) *out++ = of(b, int(lane));
  }
}
template <class T> void fill_uniform(const int64_t* state, uint64_t begin, uint64_t end, T* out) {
  random_fill(state, begin, end, out, uniform_of<T>);
}
template <class T> void fill_normal(const int64_t* state, uint64_t begin, uint64_t end, T* out) {
  random_fill(state, begin, end, out, normal_of<T>);
}

/// Draw i as an integer in [0, n): the high half of the product of its 64 bits (half i % 2 of block
/// i / 2) and n, whose bias is below n / 2^64.
inline uint64_t uniform_below(const int64_t* state, uint64_t i, uint64_t n) {
  const uint64_t x = half_of(random_block(state, i / 2), int(i % 2));
  const uint64_t xl = uint32_t(x), xh = x >> 32, nl = uint32_t(n), nh = n >> 32;
  const uint64_t mid = xh * nl + (xl * nl >> 32);
  return xh * nh + (mid >> 32) + ((xl * nh + uint32_t(mid)) >> 32);
}

/// Shuffles n values by Fisher and Yates from the last down; value i is swapped by draw i.
template <class T> void shuffle(const int64_t* state, T* values, uint64_t n) {
  for (uint64_t i = n; i-- > 1;) std::swap(values[i], values[uniform_below(state, i, i + 1)]);
}

/// 128 bits that name a stream: two 64-bit FNV-1a hashes, with the standard offset basis and with
/// its complement, over seed, length of purpose, purpose, length of name, name, n (numbers as 8
/// bytes, low byte first), each finished by the output function of SplitMix64.
inline std::array<uint64_t, 2> hash(uint64_t seed, std::string_view purpose, std::string_view name,
                                    uint64_t n = 0) {
  constexpr uint64_t basis = 0xcbf29ce484222325u;
  std::array<uint64_t, 2> h = {basis, ~basis};
  for (uint64_t& v : h) {
    const auto byte = [&v](unsigned char c) { v = (v ^ c) * 0x100000001b3u; };
    const auto number = [&](uint64_t x) {
      for (int i = 0; i < 8; ++i) byte(static_cast<unsigned char>(x >> (8 * i)));
    };
    const auto text = [&](std::string_view s) {
      number(s.size());
      for (char c : s) byte(static_cast<unsigned char>(c));
    };
    number(seed);
    text(purpose);
    text(name);
    number(n);
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9u;
    v = (v ^ (v >> 27)) * 0x94d049bb133111ebu;
    v ^= v >> 31;
  }
  return h;
}

/// The state at position 0, step 0 of the stream of that name.
inline std::array<int64_t, 4> random_state(uint64_t seed, std::string_view purpose,
                                           std::string_view name, uint64_t n = 0) {
  const std::array<uint64_t, 2> key = hash(seed, purpose, name, n);
  return {int64_t(key[0]), int64_t(key[1]), 0, 0};
}

}  // namespace nnrun::sdk
