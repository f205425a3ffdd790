#include <nnrun/sdk/philox.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

namespace nnrun::sdk {
namespace {

using Words = std::array<uint32_t, 4>;
Words words(PhiloxBlock b) { return {b.word[0], b.word[1], b.word[2], b.word[3]}; }

// A state whose halves and xor all matter; its numbers below come from the text of the header,
// written a second time in Python.
constexpr int64_t kState[4] = {0x0123456789abcdef, -2, -1, 5};

// The vectors that Random123 publishes (kat_vectors, philox4x32 10).
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(words(philox4x32({{0, 0, 0, 0}}, 0, 0)),
            (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr uint32_t f = 0xffffffff;
  EXPECT_EQ(words(philox4x32({{f, f, f, f}}, f, f)),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(
      words(philox4x32({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0)),
      (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, MakesKeyAndCounterOfTheStateAsStated) {
  EXPECT_EQ(words(random_block(kState, 0)),
            (Words{0xbb2eb4b3, 0xf183d069, 0xa5777fbd, 0xd06c54ad}));
  EXPECT_EQ(words(random_block(kState, 1)),  // the position wraps
            (Words{0x7c379e46, 0x4d14df92, 0xa5f41b58, 0x97955809}));
}

TEST(Philox, UniformsAreTheTopBitsOfTheirWords) {
  const float f32[] = {0.7311813831329346f, 0.9434175491333008f, 0.646354615688324f,
                       0.8141529560089111f, 0.485223650932312f,  0.3010997176170349f};
  for (uint64_t i = 0; i < 6; ++i) EXPECT_EQ(uniform<float>(kState, i), f32[i]) << i;
  const double f64[] = {0.9434175737507597, 0.8141529964391035, 0.30109975172328374,
                        0.5921225570254623};
  for (uint64_t i = 0; i < 4; ++i) EXPECT_EQ(uniform<double>(kState, i), f64[i]) << i;
  EXPECT_EQ(float(uniform<float16>(kState, 0)), 0.73095703125f);
  EXPECT_EQ(float(uniform<float16>(kState, 2)), 0.64599609375f);
  EXPECT_EQ(float(uniform<bfloat16>(kState, 0)), 0.73046875f);
  EXPECT_EQ(float(uniform<bfloat16>(kState, 3)), 0.8125f);
}

TEST(Philox, UniformsNeverReachOne) {
  EXPECT_EQ(unit_float(0xffffffff, 24), 1 - 0x1p-24f);
  EXPECT_EQ(float(bfloat16(unit_float(0xffffffff, 8))), 1 - 0x1p-8f);
  EXPECT_EQ(float(float16(unit_float(0xffffffff, 11))), 1 - 0x1p-11f);
  EXPECT_EQ(unit_double(~uint64_t{0}), 1 - 0x1p-53);
}

TEST(Philox, NormalsAreBoxMullerOfTheirWords) {
  const double f32[] = {0.7418358668702333, -0.2754394157183999, 0.36646520032156715,
                        -0.859370170709888};
  for (uint64_t i = 0; i < 4; ++i) EXPECT_NEAR(normal<float>(kState, i), f32[i], 1e-7) << i;
  EXPECT_NEAR(normal<double>(kState, 0), 0.13388164075365228, 1e-15);
  EXPECT_NEAR(normal<double>(kState, 1), -0.31395583555251405, 1e-15);
  EXPECT_EQ(float(normal<bfloat16>(kState, 1)), float(bfloat16(normal<float>(kState, 1))));
}

TEST(Philox, NormalsOfTheExtremeWordsAreFinite) {
  EXPECT_EQ(normal_of<float>({{0xffffffff, 0, 0, 0}}, 0), 0);
  EXPECT_NEAR(normal_of<float>({{0, 0, 0, 0}}, 2), std::sqrt(64 * std::log(2.0)), 1e-6);
  EXPECT_NEAR(normal_of<double>({{0, 0, 0, 0}}, 0), std::sqrt(106 * std::log(2.0)), 1e-12);
}

TEST(Philox, NormalsHaveMeanZeroAndVarianceOne) {
  std::vector<float> x(100'000);
  const auto state = random_state(1, "test", "normal");
  fill_normal(state.data(), 0, x.size(), x.data());
  double mean = 0, square = 0, fourth = 0;
  for (double v : x) mean += v, square += v * v, fourth += v * v * v * v;
  const double n = double(x.size());
  EXPECT_NEAR(mean / n, 0, 0.015);
  EXPECT_NEAR(square / n, 1, 0.02);
  EXPECT_NEAR(fourth / n, 3, 0.15);
}

TEST(Philox, AFillIsItsElementsFromAnyStart) {
  for (uint64_t begin : {0, 1, 2, 3, 6}) {
    std::vector<float> f(9);
    fill_uniform(kState, begin, begin + f.size(), f.data());
    std::vector<double> d(9);
    fill_normal(kState, begin, begin + d.size(), d.data());
    for (uint64_t i = 0; i < f.size(); ++i) {
      EXPECT_EQ(f[i], uniform<float>(kState, begin + i));
      EXPECT_EQ(d[i], normal<double>(kState, begin + i));
    }
  }
}

TEST(Philox, IntegersAreTheHighHalfOfTheProduct) {
  EXPECT_EQ(uniform_below(kState, 3, 1'000'000'000'000'000'007u), 592122557025462398u);
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_LT(uniform_below(kState, i, 3), 3u);
}

TEST(Philox, AShuffleIsAPermutationThatStaysTheSame) {
  std::vector<int> p(10);
  std::iota(p.begin(), p.end(), 0);
  const auto state = random_state(1, "shuffle", "train", 3);
  shuffle(state.data(), p.data(), p.size());
  EXPECT_EQ(p, (std::vector<int>{6, 2, 3, 0, 5, 1, 4, 7, 8, 9}));
  shuffle(state.data(), p.data(), 0);
  shuffle(state.data(), p.data(), 1);
  EXPECT_EQ(p[0], 6);
}

TEST(Philox, TheHashOfANameStaysTheSame) {
  using Key = std::array<uint64_t, 2>;
  EXPECT_EQ(hash(0, "", ""), (Key{0xd991e919042832c6, 0x527641e43d7d151d}));
  EXPECT_EQ(hash(42, "init", "0.weight", 7), (Key{0x1379ca6c26332524, 0x44e535a4800ea05d}));
  EXPECT_NE(hash(0, "ab", "c"), hash(0, "a", "bc"));
}

}  // namespace
}  // namespace nnrun::sdk
