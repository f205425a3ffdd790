// The meaning of the elementwise ops.
#include <cmath>
#include <limits>

#include "tests/backends/reference.h"

namespace nnrun::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor apply2(const std::string& op, const Tensor& x, const Tensor& y) {
  return reference().run1(op, {x, y}, {x.dtype(), x.shape()});
}
Tensor compare(const std::string& op, const Tensor& x, const Tensor& y) {
  return reference().run1(op, {x, y}, {kBool, x.shape()});
}
Tensor cast(const Tensor& x, DType to) {
  return reference().run1("cast", {x}, {to, x.shape()}, {{"dtype", to}});
}

TEST(ReferenceElementwise, ComputesFunctionsOfOneOperand) {
  const Numbers x = {-1.5, -0.5, 0, 0.5, 2};
  const Tensor t(kF64, {5}, x);
  const auto check = [&](const char* op, double (*f)(double)) {
    Numbers expected;
    for (double v : x) expected.push_back(f(v));
    SCOPED_TRACE(op);
    expect_values(apply(op, t), expected, 1e-15);
  };
  check("exp", [](double v) { return std::exp(v); });
  check("expm1", [](double v) { return std::expm1(v); });
  check("log", [](double v) { return std::log(v); });
  check("log1p", [](double v) { return std::log1p(v); });
  check("sqrt", [](double v) { return std::sqrt(v); });
  check("rsqrt", [](double v) { return 1 / std::sqrt(v); });
  check("sin", [](double v) { return std::sin(v); });
  check("cos", [](double v) { return std::cos(v); });
  check("tanh", [](double v) { return std::tanh(v); });
  check("erf", [](double v) { return std::erf(v); });
  check("sigmoid", [](double v) { return 1 / (1 + std::exp(-v)); });
}

TEST(ReferenceElementwise, NegatesAndTakesAbsoluteValueAndSign) {
  const Tensor x = f32({5}, {-2, -0.0, 3, kNaN, -kInf});
  expect_values(apply("neg", x), {2, 0, -3, kNaN, kInf});
  expect_values(apply("abs", x), {2, 0, 3, kNaN, kInf});
  expect_values(apply("sign", x), {-1, 0, 1, kNaN, -1});
  EXPECT_FALSE(std::signbit(apply("abs", x).at(1)));
}

TEST(ReferenceElementwise, RoundsHalvesToEven) {
  const Tensor x = f32({6}, {-1.5, -0.5, 0.5, 1.5, 2.5, 2.6});
  expect_values(apply("round", x), {-2, 0, 0, 2, 2, 3});
  expect_values(apply("floor", x), {-2, -1, 0, 1, 2, 2});
  expect_values(apply("ceil", x), {-1, 0, 1, 2, 3, 3});
}

TEST(ReferenceElementwise, ReluKeepsNaN) {
  expect_values(apply("relu", f32({4}, {-1, 0, 2, kNaN})), {0, 0, 2, kNaN});
}

TEST(ReferenceElementwise, SigmoidIsStableOnBothSides) {
  expect_values(apply("sigmoid", Tensor(kF64, {5}, {-1000, -700, 0, 1000, kNaN})),
                {0, std::exp(-700.0), 0.5, 1, kNaN});
}

TEST(ReferenceElementwise, LogOfZeroAndBelow) {
  expect_values(apply("log", f32({3}, {0, -1, kInf})), {-kInf, kNaN, kInf});
}

TEST(ReferenceElementwise, ComputesArithmetic) {
  const Tensor x = f32({4}, {6, -3, 0.5, kInf}), y = f32({4}, {2, 2, -4, kInf});
  expect_values(apply2("add", x, y), {8, -1, -3.5, kInf});
  expect_values(apply2("sub", x, y), {4, -5, 4.5, kNaN});
  expect_values(apply2("mul", x, y), {12, -6, -2, kInf});
  expect_values(apply2("div", x, y), {3, -1.5, -0.125, kNaN});
  expect_values(apply2("pow", x, y), {36, 9, 16, kInf});
}

TEST(ReferenceElementwise, MaximumAndMinimumPassNaNOn) {
  const Tensor x = f32({4}, {1, 3, kNaN, 1}), y = f32({4}, {2, 2, 1, kNaN});
  expect_values(apply2("maximum", x, y), {2, 3, kNaN, kNaN});
  expect_values(apply2("minimum", x, y), {1, 2, kNaN, kNaN});
}

TEST(ReferenceElementwise, IntegersWrap) {
  const Tensor big(kI32, {2}, {2147483647, -2147483648.0}), one(kI32, {2}, {1, -1});
  expect_values(apply2("add", big, one), {-2147483648.0, 2147483647});
  expect_values(apply2("mul", big, big), {1, 0});
  expect_values(apply("neg", big), {-2147483647, -2147483648.0});
  expect_values(apply("abs", big), {2147483647, -2147483648.0});
  const Tensor b(kU8, {2}, {200, 1});
  expect_values(apply2("add", b, b), {144, 2});
  expect_values(apply2("sub", Tensor(kU8, {2}, {0, 5}), b), {56, 4});
  expect_values(apply("neg", b), {56, 255});
  const Tensor l(kI64, {1}, {-0x1p63});
  expect_values(apply2("add", l, l), {0});
}

TEST(ReferenceElementwise, SixteenBitsRoundOnceToEven) {
  // 1 + 2^-8 and 1 + 3*2^-8 lie halfway between two bfloat16.
  const Tensor x(kBF16, {2}, {1, 1 + 0x1p-7}), y(kBF16, {2}, {0x1p-8, 0x1p-8});
  expect_values(apply2("add", x, y), {1, 1 + 0x1p-6});
  expect_values(apply2("mul", Tensor(kF16, {1}, {300}), Tensor(kF16, {1}, {300})), {kInf});
  // In bfloat16 exp(1) is 2.71875.
  expect_values(apply("exp", Tensor(kBF16, {1}, {1})), {2.71875});
}

TEST(ReferenceElementwise, ComparesEveryDtype) {
  for (DType t : {kF32, kF64, kBF16, kF16, kI32, kI64, kU8}) {
    SCOPED_TRACE(sdk::name_of(t));
    const Tensor x(t, {3}, {1, 2, 3}), y(t, {3}, {2, 2, 2});
    expect_values(compare("eq", x, y), {0, 1, 0});
    expect_values(compare("ne", x, y), {1, 0, 1});
    expect_values(compare("lt", x, y), {1, 0, 0});
    expect_values(compare("le", x, y), {1, 1, 0});
    expect_values(compare("gt", x, y), {0, 0, 1});
    expect_values(compare("ge", x, y), {0, 1, 1});
  }
  const Tensor p(kBool, {4}, {0, 0, 1, 1}), q(kBool, {4}, {0, 1, 0, 1});
  expect_values(compare("eq", p, q), {1, 0, 0, 1});
  expect_values(compare("lt", p, q), {0, 1, 0, 0});
}

TEST(ReferenceElementwise, NaNComparesUnequal) {
  const Tensor x = f32({1}, {kNaN});
  expect_values(compare("eq", x, x), {0});
  expect_values(compare("ne", x, x), {1});
  expect_values(compare("ge", x, x), {0});
}

TEST(ReferenceElementwise, CombinesBools) {
  const Tensor p(kBool, {4}, {0, 0, 1, 1}), q(kBool, {4}, {0, 1, 0, 1});
  expect_values(compare("logical_and", p, q), {0, 0, 0, 1});
  expect_values(compare("logical_or", p, q), {0, 1, 1, 1});
  expect_values(apply("logical_not", p), {1, 1, 0, 0});
}

TEST(ReferenceElementwise, TellsFiniteNumbers) {
  const Tensor x = f32({4}, {1, kInf, -kInf, kNaN});
  expect_values(reference().run1("isfinite", {x}, {kBool, {4}}), {1, 0, 0, 0});
}

TEST(ReferenceElementwise, BroadcastsAsNumPy) {
  const Tensor column = f32({2, 1}, {10, 20}), row = f32({3}, {1, 2, 3}), scalar = f32({}, {100});
  expect_values(reference().run1("add", {column, row}, {kF32, {2, 3}}), {11, 12, 13, 21, 22, 23});
  expect_values(reference().run1("sub", {scalar, row}, {kF32, {3}}), {99, 98, 97});
}

TEST(ReferenceElementwise, ReadsViews) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_values(apply("neg", x.permute({1, 0})), {-1, -4, -2, -5, -3, -6});
  expect_values(apply("neg", x.slice(1, 0, 3, 2)), {-1, -3, -4, -6});
  expect_values(apply("neg", f32({2, 1}, {1, 2}).expand({2, 3})), {-1, -1, -1, -2, -2, -2});
  expect_values(apply2("add", x.permute({1, 0}), x.permute({1, 0})), {2, 8, 4, 10, 6, 12});
}

TEST(ReferenceElementwise, TakesRankZeroAndNothing) {
  expect_values(apply("neg", f32({}, {3})), {-3});
  expect_values(apply("neg", Tensor(kF32, {0, 3})), {});
  expect_values(reference().run1("add", {Tensor(kF32, {0, 3}), Tensor(kF32, {3})}, {kF32, {0, 3}}),
                {});
}

TEST(ReferenceElementwise, WalksRankEight) {
  Numbers values(256), negated(256);
  for (size_t i = 0; i < 256; ++i) {
    values[i] = double(i);
    negated[i] = -double(i);
  }
  const Tensor x(kF64, Ints(8, 2), values);
  const Ints reversed = {7, 6, 5, 4, 3, 2, 1, 0};
  expect_values(apply("neg", apply("neg", x.permute(reversed)).permute(reversed)), values);
}

TEST(ReferenceElementwise, WhereChoosesByElement) {
  const Tensor c(kBool, {2, 1}, {1, 0}), x = f32({3}, {1, 2, 3}), y = f32({}, {kNaN});
  expect_values(reference().run1("where", {c, x, y}, {kF32, {2, 3}}), {1, 2, 3, kNaN, kNaN, kNaN});
  const Tensor i(kU8, {2}, {3, 4}), j(kU8, {2}, {5, 6});
  expect_values(reference().run1("where", {Tensor(kBool, {2}, {0, 1}), i, j}, {kU8, {2}}), {5, 4});
}

TEST(ReferenceElementwise, CastsFloatsToIntegersByTruncationAndSaturation) {
  const Tensor x = f32({7}, {-1.7, 1.7, 300, -300, kNaN, kInf, -kInf});
  expect_values(cast(x, kI32), {-1, 1, 300, -300, 0, 2147483647, -2147483648.0});
  expect_values(cast(x, kU8), {0, 1, 255, 0, 0, 255, 0});
  expect_values(cast(f32({2}, {0x1p63, -0x1p63}), kI64), {0x1p63, -0x1p63});
}

TEST(ReferenceElementwise, CastsIntegersToNarrowerOnesByTheirLowBits) {
  expect_values(cast(Tensor(kI32, {3}, {257, -1, 5}), kU8), {1, 255, 5});
  expect_values(cast(Tensor(kI64, {2}, {0x1p32 + 7, -1}), kI32), {7, -1});
}

TEST(ReferenceElementwise, CastsToAndFromBool) {
  expect_values(cast(f32({4}, {0, -0.0, 0.5, kNaN}), kBool), {0, 0, 1, 1});
  expect_values(cast(Tensor(kI32, {2}, {0, 256}), kBool), {0, 1});
  expect_values(cast(Tensor(kBool, {2}, {0, 1}), kBF16), {0, 1});
}

TEST(ReferenceElementwise, CastsFloatsWithOneRounding) {
  // Just above the middle of 1 and 1 + 2^-7: by way of float32 it would become the middle, and 1.
  const double above_middle = 1 + 0x1p-8 + 0x1p-40;
  expect_values(cast(Tensor(kF64, {1}, {above_middle}), kBF16), {1 + 0x1p-7});
  expect_values(cast(Tensor(kF64, {1}, {1 + 0x1p-11 + 0x1p-40}), kF16), {1 + 0x1p-10});
  expect_values(cast(Tensor(kF64, {3}, {65519, 65520, 1e300}), kF16), {65504, kInf, kInf});
  expect_values(cast(Tensor(kF32, {1}, {1 + 0x1p-8}), kBF16), {1});
}

TEST(ReferenceElementwise, CopyMakesViewsRowMajor) {
  const Tensor x(kI64, {2, 3}, {1, 2, 3, 4, 5, 6});
  expect_values(apply("copy", x.permute({1, 0})), {1, 4, 2, 5, 3, 6});
}

}  // namespace
}  // namespace nnrun::test
