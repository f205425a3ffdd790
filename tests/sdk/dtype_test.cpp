// The 16-bit floats and the conversion between dtypes.
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <nnrun/sdk/dtype.hpp>

namespace nnrun::sdk {
namespace {

template <class T> T of_bits(uint32_t bits) {
  T v;
  v.bits = uint16_t(bits);
  return v;
}

/// The nearest T to v found by looking at all of them; of two the one with an even last bit.
template <class T> T nearest(double v) {
  T best;
  double distance = std::numeric_limits<double>::infinity();
  for (uint32_t i = 0; i < 0x10000; ++i) {
    const T candidate = of_bits<T>(i);
    const double c = float(candidate);
    if (!std::isfinite(c) || std::signbit(c) != std::signbit(v)) continue;
    const double d = std::fabs(c - v);
    if (d < distance || (d == distance && (i & 1) == 0)) {
      distance = d;
      best = candidate;
    }
  }
  return best;
}

template <class T> class SixteenBits : public testing::Test {};
using SixteenBitTypes = testing::Types<bfloat16, float16>;
TYPED_TEST_SUITE(SixteenBits, SixteenBitTypes);

TYPED_TEST(SixteenBits, KeepEveryValueByWayOfFloatAndDouble) {
  for (uint32_t i = 0; i < 0x10000; ++i) {
    const TypeParam v = of_bits<TypeParam>(i);
    const float f = v;
    if (std::isnan(f)) {
      EXPECT_TRUE(std::isnan(float(TypeParam(f))));
    } else {
      ASSERT_EQ(TypeParam(f).bits, i);
      ASSERT_EQ(convert<TypeParam>(double(f)).bits, i);
    }
  }
}

TYPED_TEST(SixteenBits, RoundADoubleOnceToNearestEven) {
  double v = 1.1e-8;
  for (int i = 0; i < 40; ++i, v *= -2.7182818284) {
    if (std::fabs(v) > 60000) break;
    EXPECT_EQ(convert<TypeParam>(v).bits, nearest<TypeParam>(v).bits) << v;
  }
  for (uint32_t i : {0x3c00u, 0x3c01u, 0x3f80u, 0x3f81u, 0x0001u, 0x0002u, 0x8001u}) {
    const double low = float(of_bits<TypeParam>(i)), high = float(of_bits<TypeParam>(i + 1));
    const double middle = (low + high) / 2;
    EXPECT_EQ(convert<TypeParam>(middle).bits, i + (i & 1)) << "the middle goes to even";
    EXPECT_EQ(convert<TypeParam>(std::nextafter(middle, high)).bits, i + 1);
    EXPECT_EQ(convert<TypeParam>(std::nextafter(middle, low)).bits, i);
  }
}

TYPED_TEST(SixteenBits, OverflowToInfinity) {
  EXPECT_TRUE(std::isinf(float(convert<TypeParam>(1e300))));
  EXPECT_EQ(float(convert<TypeParam>(-1e300)), -std::numeric_limits<float>::infinity());
  EXPECT_EQ(float(convert<TypeParam>(1e-300)), 0.0f);
}

TEST(Convert, FloatsSaturateAsIntegers) {
  EXPECT_EQ(convert<int32_t>(2147483647.5), 2147483647);
  EXPECT_EQ(convert<int32_t>(-2147483648.5), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(convert<int64_t>(9.3e18f), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(convert<int64_t>(-0x1p63), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(convert<uint8_t>(-0.9), 0);
  EXPECT_EQ(convert<uint8_t>(255.9f), 255);
  EXPECT_EQ(convert<uint8_t>(float16(300.0f)), 255);
  EXPECT_EQ(convert<int32_t>(std::nan("")), 0);
}

TEST(Convert, IntegersKeepTheirLowBits) {
  EXPECT_EQ(convert<uint8_t>(int64_t{-1}), 255);
  EXPECT_EQ(convert<int32_t>(int64_t{0x180000000}), std::numeric_limits<int32_t>::min());
  EXPECT_EQ(convert<int64_t>(uint8_t{255}), 255);
}

TEST(Convert, BoolIsWhatIsNotZero) {
  EXPECT_FALSE(convert<bool>(-0.0));
  EXPECT_TRUE(convert<bool>(std::nan("")));
  EXPECT_TRUE(convert<bool>(int64_t{1} << 40));
  EXPECT_TRUE(convert<bool>(of_bits<bfloat16>(1)));
  EXPECT_EQ(float(convert<float16>(true)), 1.0f);
}

TEST(DTypes, CrossTheAbiAndBack) {
  for (int i = 0; i < kDTypes; ++i) {
    const DType t = static_cast<DType>(i);
    DType back = DType::float32;
    ASSERT_TRUE(from_dl(to_dl(t), &back));
    EXPECT_EQ(back, t);
    EXPECT_EQ(visit(t, [](auto tag) { return dtype_of<typename decltype(tag)::type>::value; }), t);
    EXPECT_EQ(visit(t, [](auto tag) { return int(sizeof(typename decltype(tag)::type)); }),
              size_of(t));
  }
  DType t = DType::uint8;
  EXPECT_FALSE(from_dl({kDLFloat, 32, 4}, &t));
  EXPECT_EQ(t, DType::uint8);
}

TEST(Visit, RefusesWhatTheMaskLeavesOut) {
  const auto bytes = [](auto tag) { return sizeof(typename decltype(tag)::type); };
  EXPECT_EQ(visit<kFloats>(DType::float16, bytes), 2u);
  EXPECT_THROW(visit<kFloats>(DType::int32, bytes), Failure);
}

}  // namespace
}  // namespace nnrun::sdk
