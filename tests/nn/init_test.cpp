#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/nn/layer.h"

namespace nnrun::test {
namespace {

struct Stats {
  double mean = 0, std = 0, low = 0, high = 0;
};
Stats stats(const Array& a) {
  Stats s;
  s.low = s.high = a.at(0);
  const double n = double(a.numel());
  for (int64_t i = 0; i < a.numel(); ++i) {
    s.mean += a.at(i) / n;
    s.low = std::min(s.low, a.at(i));
    s.high = std::max(s.high, a.at(i));
  }
  for (int64_t i = 0; i < a.numel(); ++i) s.std += (a.at(i) - s.mean) * (a.at(i) - s.mean) / n;
  s.std = std::sqrt(s.std);
  return s;
}
Array init(const Init& i, const Shape& shape = {100, 100}, uint64_t seed = 1,
           const std::string& name = "0.weight", DType dtype = DType::float32) {
  return initial_value(i, {dtype, shape}, seed, name);
}

TEST(Init, KaimingUniformFillsTheBoundsOfTorch) {
  const Stats s = stats(init(Init::kaiming_uniform(std::sqrt(5.0), 25)));
  EXPECT_LE(s.high, 0.2);  // 1 / sqrt(25)
  EXPECT_GE(s.low, -0.2);
  EXPECT_GT(s.high, 0.199);
  EXPECT_LT(s.low, -0.199);
  EXPECT_NEAR(s.std, 0.2 / std::sqrt(3.0), 0.003);
  EXPECT_NEAR(s.mean, 0, 0.005);
}

TEST(Init, XavierUniformFillsItsBounds) {
  const Stats s = stats(init(Init::xavier_uniform(2, 20, 30)));
  EXPECT_NEAR(s.high, 2 * std::sqrt(6.0 / 50), 0.01);
  EXPECT_NEAR(s.low, -2 * std::sqrt(6.0 / 50), 0.01);
}

TEST(Init, NormalHasItsMeanAndDeviation) {
  const Stats s = stats(init(Init::normal(3, 0.5)));
  EXPECT_NEAR(s.mean, 3, 0.02);
  EXPECT_NEAR(s.std, 0.5, 0.02);
}

TEST(Init, ConstantsAreExactInEveryType) {
  EXPECT_EQ(init(Init::ones(), {3}, 1, "", DType::int64).at(2), 1);
  EXPECT_EQ(init(Init::constant(0.25), {3}).at(2), 0.25);
  EXPECT_EQ(init(Init::zeros(), {}, 1, "", DType::int64).at(0), 0);
}

TEST(Init, AnOddNumberOfValuesIsFilledToTheEnd) {
  const Array a = init(Init::uniform(1, 2), {7});
  for (int64_t i = 0; i < 7; ++i) EXPECT_GE(a.at(i), 1);
}

TEST(Init, TheSameSeedAndNameGiveTheSameBits) {
  const Init i = Init::normal(0, 1);
  EXPECT_TRUE(same_bits(init(i), init(i)));
  EXPECT_FALSE(same_bits(init(i), init(i, {100, 100}, 2)));
  EXPECT_FALSE(same_bits(init(i), init(i, {100, 100}, 1, "1.weight")));
}

TEST(Init, Float32StartsAtFloat64Rounded) {
  const Init i = Init::uniform(-1, 1);
  const Array wide = init(i, {100}, 1, "w", DType::float64);
  EXPECT_TRUE(same_bits(init(i, {100}, 1, "w"), wide.cast(DType::float32)));
}

TEST(Init, ThePaddingRowOfAnEmbeddingIsZero) {
  Init i = Init::normal(0, 1);
  i.zero_row = 2;
  const Array a = init(i, {4, 3});
  for (int64_t k = 0; k < 12; ++k) EXPECT_EQ(a.at(k) == 0, k / 3 == 2) << k;
}

}  // namespace
}  // namespace nnrun::test
