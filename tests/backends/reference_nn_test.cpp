// The meaning of matrix products, convolutions, pooling and random numbers. Expected values that
// are not plain to see are PyTorch's.
#include <limits>

#include <nnrun/sdk/philox.hpp>

#include "tests/backends/reference.h"

namespace nnrun::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// Elements i * m % k - s.
Tensor pattern(const Ints& shape, int m = 7, int k = 11, int s = 5) {
  Tensor t(kF64, shape);
  Numbers values;
  for (int i = 0; i < t.numel(); ++i) values.push_back(i * m % k - s);
  return Tensor(kF64, shape, values);
}

TEST(ReferenceMatmul, MultipliesMatrices) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6}), y = f32({3, 2}, {1, 0, 0, 1, 2, 2});
  expect_values(reference().run1("matmul", {x, y}, {kF32, {2, 2}}), {7, 8, 16, 17});
  expect_values(reference().run1("matmul", {x, x.permute({1, 0})}, {kF32, {2, 2}}),
                {14, 32, 32, 77});
  expect_values(
      reference().run1("matmul", {Tensor(kI32, {1, 1}, {65536}), Tensor(kI32, {1, 1}, {65537})},
                       {kI32, {1, 1}}),
      {65536});
}

TEST(ReferenceMatmul, BroadcastsLeadingDimensions) {
  const Tensor x = f32({2, 1, 1, 2}, {1, 2, 3, 4}), y = f32({1, 2, 2, 1}, {1, 1, 10, 10});
  expect_values(reference().run1("matmul", {x, y}, {kF32, {2, 2, 1, 1}}), {3, 30, 7, 70});
}

TEST(ReferenceMatmul, OverNothingIsZero) {
  expect_values(
      reference().run1("matmul", {Tensor(kF32, {2, 0}), Tensor(kF32, {0, 2})}, {kF32, {2, 2}}),
      {0, 0, 0, 0});
}

TEST(ReferenceMatmul, SixteenBitsRoundOnce) {
  const Tensor ones = Tensor(kBF16, {1, 1}, {1}).expand({1, 257});
  expect_values(reference().run1("matmul", {ones, ones.permute({1, 0})}, {kBF16, {1, 1}}), {256});
  expect_values(reference().run1(
                    "matmul", {ones.slice(1, 0, 256), Tensor(kBF16, {1, 1}, {2}).expand({256, 1})},
                    {kBF16, {1, 1}}),
                {512});
}

const AttrMap kConv = {
    {"stride", Ints{2, 1}}, {"padding", Ints{1, 0}}, {"dilation", Ints{1, 2}}, {"groups", 2}};
AttrMap conv_with(const std::string& name, const Ints& size) {
  AttrMap a = kConv;
  a[name] = size;
  return a;
}

TEST(ReferenceConv, ConvolvesWithStridePaddingDilationAndGroups) {
  const Tensor x = pattern({1, 2, 4, 3}), w = pattern({4, 1, 2, 2}, 5, 7, 3);
  const Tensor bias(kF64, {4}, {1, -1, 2, 0.5});
  const Out y = {kF64, {1, 4, 3, 1}};
  expect_values(reference().run1("conv2d", {x, w, bias}, y, kConv),
                {5, -12, -18, 10, 19, 3, 13, 13, 0, 4.5, 3.5, -2.5});
  const Numbers without = {4, -13, -19, 11, 20, 4, 11, 11, -2, 4, 3, -3};
  expect_values(reference().run1("conv2d", {x, w, std::nullopt}, y, kConv), without);
  expect_values(reference().run1("conv2d", {x, w}, y, kConv), without);
}

TEST(ReferenceConv, ReadsViews) {
  const Tensor x = apply("copy", pattern({1, 2, 4, 3}).permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
  const Tensor w = pattern({4, 1, 2, 2}, 5, 7, 3);
  const Tensor bias = Tensor(kF64, {8}, {1, 0, -1, 0, 2, 0, 0.5, 0}).slice(0, 0, 8, 2);
  expect_values(reference().run1("conv2d", {x, w, bias}, {kF64, {1, 4, 3, 1}}, kConv),
                {5, -12, -18, 10, 19, 3, 13, 13, 0, 4.5, 3.5, -2.5});
}

TEST(ReferenceConv, Gradients) {
  const Tensor x = pattern({1, 2, 4, 3}), w = pattern({4, 1, 2, 2}, 5, 7, 3);
  const Tensor gy = pattern({1, 4, 3, 1}, 3, 5, 2);
  expect_values(reference().run1("conv2d_grad_input", {gy, w}, {kF64, {1, 2, 4, 3}},
                                 conv_with("input_size", {4, 3})),
                {-2, 0, -2, -3, 0, 2, 0, 0, -2, -3, 0, -4, -2, 0, 3, -4, 0, 2, 8, 0, -7, 5, 0, -1});
  expect_values(reference().run1("conv2d_grad_weight", {gy, x}, {kF64, {4, 1, 2, 2}},
                                 conv_with("kernel_size", {2, 2})),
                {2, 2, 14, 0, -6, 10, -10, -4, -3, 0, 2, 2, -3, -6, 0, -6});
}

TEST(ReferenceConv, OfAnEmptyBatch) {
  const Tensor x(kF32, {0, 2, 4, 3}), w(kF32, {4, 1, 2, 2}), gy(kF32, {0, 4, 3, 1});
  expect_values(reference().run1("conv2d", {x, w}, {kF32, {0, 4, 3, 1}}, kConv), {});
  expect_values(reference().run1("conv2d_grad_weight", {gy, x}, {kF32, {4, 1, 2, 2}},
                                 conv_with("kernel_size", {2, 2})),
                Numbers(16, 0));
}

TEST(ReferenceConv, SixteenBitsRoundOnce) {
  const Tensor x = Tensor(kF16, {1, 1, 1, 1}, {1}).expand({1, 1, 1, 4096});
  const Tensor w = Tensor(kF16, {1, 1, 1, 1}, {1}).expand({1, 1, 1, 4096});
  const AttrMap plain = {
      {"stride", Ints{1, 1}}, {"padding", Ints{0, 0}}, {"dilation", Ints{1, 1}}, {"groups", 1}};
  expect_values(reference().run1("conv2d", {x, w}, {kF16, {1, 1, 1, 1}}, plain), {4096});
}

AttrMap max_pool(const Ints& kernel, const Ints& stride, const Ints& padding,
                 const Ints& dilation) {
  return {{"kernel_size", kernel},
          {"stride", stride},
          {"padding", padding},
          {"dilation", dilation},
          {"ceil_mode", true}};
}

TEST(ReferencePool, MaxWithPositions) {
  const Tensor x = pattern({1, 1, 4, 5});
  std::vector<Tensor> r =
      reference().run("max_pool2d", {x}, {{kF64, {1, 1, 3, 3}}, {kI32, {1, 1, 3, 3}}},
                      max_pool({2, 2}, {2, 2}, {1, 0}, {1, 1}));
  expect_values(r[0], {2, 5, 1, 4, 2, 5, 1, 4, -4});
  expect_values(r[1], {1, 3, 4, 6, 12, 14, 15, 17, 19});
  expect_values(reference().run1("max_pool2d_grad", {pattern({1, 1, 3, 3}, 3, 5, 2), r[1]},
                                 {kF64, {1, 1, 4, 5}}, {{"input_size", Ints{4, 5}}}),
                {0, -2, 0, 1, -1, 0, 2, 0, 0, 0, 0, 0, 0, 0, -2, 1, 0, -1, 0, 2});
  r = reference().run("max_pool2d", {x}, {{kF64, {1, 1, 2, 2}}, {kI32, {1, 1, 2, 2}}},
                      max_pool({2, 2}, {1, 1}, {0, 0}, {2, 3}));
  expect_values(r[0], {5, 5, 1, 4});
  expect_values(r[1], {3, 14, 15, 6});
}

TEST(ReferencePool, MaxTakesTheFirstOfEqualsTheLastNaNAndMinusInfinity) {
  const Tensor x = f32({3, 1, 1, 3}, {4, 4, 1, kNaN, kNaN, 9, -kInf, -kInf, -kInf});
  const std::vector<Tensor> r =
      reference().run("max_pool2d", {x}, {{kF32, {3, 1, 1, 1}}, {kI32, {3, 1, 1, 1}}},
                      max_pool({1, 3}, {1, 3}, {0, 0}, {1, 1}));
  expect_values(r[0], {4, kNaN, -kInf});
  expect_values(r[1], {0, 1, 0});
}

TEST(ReferencePool, MaxOfAWindowOutsideThePlaneHasNoPosition) {
  // Two taps 4 apart around a plane of size 2.
  const std::vector<Tensor> r = reference().run("max_pool2d", {f32({1, 1, 1, 2}, {1, 2})},
                                                {{kF32, {1, 1, 1, 1}}, {kI32, {1, 1, 1, 1}}},
                                                max_pool({1, 2}, {1, 1}, {0, 1}, {1, 3}));
  expect_values(r[0], {-kInf});
  expect_values(r[1], {-1});
  expect_values(reference().run1("max_pool2d_grad", {f32({1, 1, 1, 1}, {5}), r[1]},
                                 {kF32, {1, 1, 1, 2}}, {{"input_size", Ints{1, 2}}}),
                {0, 0});
}

TEST(ReferencePool, AverageWithAndWithoutPadding) {
  const Tensor x = pattern({1, 1, 4, 5}), gy = pattern({1, 1, 3, 3}, 3, 5, 2);
  AttrMap a = {{"kernel_size", Ints{3, 2}},
               {"stride", Ints{2, 2}},
               {"padding", Ints{1, 1}},
               {"ceil_mode", true},
               {"count_include_pad", true}};
  const Out y = {kF64, {1, 1, 3, 3}}, gx = {kF64, {1, 1, 4, 5}};
  expect_values(reference().run1("avg_pool2d", {x}, y, a),
                {-8 / 6., 4 / 6., 5 / 6., -3 / 6., 2 / 6., -2 / 6., 1 / 4., 1 / 4., -1}, 1e-15);
  a["count_include_pad"] = false;
  expect_values(reference().run1("avg_pool2d", {x}, y, a),
                {-4, 1, 1.25, -1, 1 / 3., -1 / 3., 1, 0.5, -2}, 1e-15);
  a["input_size"] = Ints{4, 5};
  expect_values(
      reference().run1("avg_pool2d_grad", {gy}, gx, a),
      {-1,     1 / 4., 1 / 4., -1 / 4., -1 / 4., -1 / 3., 1 / 4.,  1 / 4.,  -7 / 12., -7 / 12.,
       2 / 3., 0,      0,      -1 / 3., -1 / 3., 5 / 3.,  -1 / 2., -1 / 2., 2 / 3.,   2 / 3.},
      1e-15);
}

TEST(ReferencePool, AdaptiveAverage) {
  const Tensor x = pattern({1, 1, 4, 5}), gy = pattern({1, 1, 3, 2}, 3, 5, 2);
  expect_values(reference().run1("adaptive_avg_pool2d", {x}, {kF64, {1, 1, 3, 2}},
                                 {{"output_size", Ints{3, 2}}}),
                {-2 / 3., 1 / 2., -1 / 2., 2 / 3., -1 / 3., 5 / 6.}, 1e-15);
  expect_values(
      reference().run1("adaptive_avg_pool2d_grad", {gy}, {kF64, {1, 1, 4, 5}},
                       {{"input_size", Ints{4, 5}}}),
      {-1 / 3., -1 / 3., -1 / 6., 1 / 6., 1 / 6., -1 / 2., -1 / 2., 0,       1 / 2.,  1 / 2.,
       -1 / 6., -1 / 6., -1 / 6., 0,      0,      0,       0,       -1 / 3., -1 / 3., -1 / 3.},
      1e-15);
}

TEST(ReferenceRandom, DrawsElementByElementFromTheState) {
  const int64_t state[4] = {12345, -7, 3, 9};
  const Tensor s(kI64, {4}, {12345, -7, 3, 9});
  const auto draw = [&](const char* op, DType t) {
    return reference().run1(op, {s}, {t, {2, 3}}, {{"shape", Ints{2, 3}}, {"dtype", t}});
  };
  for (uint64_t i = 0; i < 6; ++i) {
    EXPECT_EQ(draw("rand", kF32).at(int64_t(i)), sdk::uniform<float>(state, i));
    EXPECT_EQ(draw("rand", kF64).at(int64_t(i)), sdk::uniform<double>(state, i));
    EXPECT_EQ(draw("rand", kBF16).at(int64_t(i)), sdk::uniform<sdk::bfloat16>(state, i));
    EXPECT_EQ(draw("randn", kF16).at(int64_t(i)), sdk::normal<sdk::float16>(state, i));
    EXPECT_NEAR(draw("randn", kF32).at(int64_t(i)), sdk::normal<float>(state, i), 1e-6);
  }
}

TEST(ReferenceRandom, ReadsAStridedState) {
  const Tensor s(kI64, {4}, {1, 2, 3, 4}), spread(kI64, {4, 2}, {1, 0, 2, 0, 3, 0, 4, 0});
  const AttrMap a = {{"shape", Ints{5}}, {"dtype", kF32}};
  const Tensor column = spread.slice(1, 0, 1);
  EXPECT_EQ(reference().run1("rand", {s}, {kF32, {5}}, a).values(),
            reference().run1("rand", {column}, {kF32, {5}}, a).values());
}

}  // namespace
}  // namespace nnrun::test
