// Matrix products and convolutions: every way offered, against the reference backend.
#include "tests/backends/onednn.h"

namespace nnrun::test {
namespace {

double product_tolerance(DType t, int64_t k) {
  return (t == kF32 ? 2e-6 : 1e-2) * std::max(4.0, std::sqrt(double(k)));
}

TEST(Onednn, ProductsAgreeForAnySizeAndTransposition) {
  const int64_t sizes[][3] = {{1, 1, 1},     {4, 2, 2},     {4, 2, 16},    {7, 5, 3},
                              {1, 64, 33},   {33, 64, 1},   {5, 1, 9},     {17, 16, 32},
                              {64, 65, 66},  {1, 300, 200}, {200, 1, 100}, {100, 300, 1},
                              {130, 70, 90}, {100, 901, 47}};
  for (DType t : {kF32, kBF16, kF16}) {
    for (const auto& [m, k, n] : sizes) {
      const Tensor x = random_tensor(t, {m, k}, -1, 1, 1), w = random_tensor(t, {k, n}, -1, 1, 2);
      const Tensor xt = random_tensor(t, {k, m}, -1, 1, 1).permute({1, 0});
      const Tensor wt = random_tensor(t, {n, k}, -1, 1, 2).permute({1, 0});
      for (const auto& [a, b] : {std::pair{x, w}, {xt, w}, {x, wt}, {xt, wt}}) {
        expect_agreement("matmul", {a, b}, {{t, {m, n}}}, {}, product_tolerance(t, k));
      }
    }
  }
}

TEST(Onednn, ProductsOfBatchesBroadcast) {
  for (const auto& [m, k, n] : {std::array<int64_t, 3>{3, 4, 5}, {40, 50, 60}}) {
    const Tensor x = random_tensor(kF32, {2, 1, m, k}),
                 y = random_tensor(kF32, {1, 3, k, n}, -2, 2, 2);
    const Out out = {kF32, {2, 3, m, n}};
    expect_agreement("matmul", {x, y}, {out}, {}, 1e-4);
    expect_agreement("matmul", {x.expand({2, 3, m, k}), y.expand({2, 3, k, n})}, {out}, {}, 1e-4);
    const Tensor z = random_tensor(kF32, {2, 3, n, k}, -2, 2, 3).permute({0, 1, 3, 2});
    expect_agreement("matmul", {x, z}, {out}, {}, 1e-4);
  }
}

TEST(Onednn, ProductsOfStridedOperandsAgree) {
  const Tensor x = random_tensor(kF32, {60, 100}), y = random_tensor(kF32, {100, 80}, -2, 2, 2);
  const Out out = {kF32, {60, 40}};
  expect_agreement("matmul", {x.slice(1, 0, 50), y.slice(0, 0, 50).slice(1, 20, 60)}, {out}, {},
                   1e-4);
  expect_agreement("matmul", {x.slice(1, 0, 100, 2), y.slice(0, 0, 100, 2).slice(1, 0, 80, 2)},
                   {out}, {}, 1e-4);
  expect_agreement("matmul",
                   {random_tensor(kF32, {1, 50}).expand({60, 50}),
                    random_tensor(kF32, {50, 1}).expand({50, 40})},
                   {out}, {}, 1e-4);
}

TEST(Onednn, AProductOfOurOwnHasTheSameBitsOnAnyThreads) {
  const Tensor x = random_tensor(kF32, {130, 850}), w = random_tensor(kF32, {850, 210}, -2, 2, 2);
  for (Library* library : onednn_levels()) {
    library->threads = 1;
    const Tensor one = library->run("matmul", {x, w}, {{kF32, {130, 210}}}, {}, "gemm")[0];
    for (uint32_t threads : {2u, 3u, 5u}) {
      library->threads = threads;
      const Tensor got = library->run("matmul", {x, w}, {{kF32, {130, 210}}}, {}, "gemm")[0];
      expect_values(got, one.values(), 0);
    }
    library->threads = 1;
  }
}

TEST(Onednn, EmptyProductsAreZero) {
  expect_agreement("matmul", {Tensor(kF32, {3, 0}), Tensor(kF32, {0, 70})}, {{kF32, {3, 70}}});
  expect_agreement("matmul", {Tensor(kF32, {0, 90}), Tensor(kF32, {90, 2})}, {{kF32, {0, 2}}});
}

TEST(Onednn, LinearLayersAddTheirBias) {
  for (const auto& [m, k, n] :
       {std::array<int64_t, 3>{4, 2, 2}, {1, 70, 40}, {6, 3, 1}, {50, 90, 70}, {40, 900, 33}}) {
    for (DType t : {kF32, kBF16, kF16}) {
      const Tensor x = random_tensor(t, {m, k}, -1, 1, 1), w = random_tensor(t, {n, k}, -1, 1, 2);
      const Tensor bias = random_tensor(t, {n}, -1, 1, 3);
      Numbers plain, with_bias;
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0;
          for (int64_t p = 0; p < k; ++p) sum += x.at(i * k + p) * w.at(j * k + p);
          plain.push_back(sum);
          with_bias.push_back(sum + bias.at(j));
        }
      }
      const double tolerance = product_tolerance(t, k);
      expect_results({plain}, "linear", {x, w, std::nullopt}, {{t, {m, n}}}, {}, tolerance);
      expect_results({plain}, "linear", {x, w}, {{t, {m, n}}}, {}, tolerance);
      expect_results({with_bias}, "linear", {x, w, bias}, {{t, {m, n}}}, {}, tolerance);
    }
  }
}

struct Conv {
  int64_t n, c, h, w, o, kernel, stride, padding, dilation, groups;
};

void check_convolution(const Conv& c, DType t, bool with_fast_math) {
  const int64_t oh = (c.h + 2 * c.padding - c.dilation * (c.kernel - 1) - 1) / c.stride + 1;
  const int64_t ow = (c.w + 2 * c.padding - c.dilation * (c.kernel - 1) - 1) / c.stride + 1;
  const Ints xs = {c.n, c.c, c.h, c.w}, ws = {c.o, c.c / c.groups, c.kernel, c.kernel};
  const Ints ys = {c.n, c.o, oh, ow};
  const Tensor x = random_tensor(t, xs, -1, 1, 1), w = random_tensor(t, ws, -1, 1, 2);
  const Tensor y = random_tensor(t, ys, -1, 1, 3), bias = random_tensor(t, {c.o}, -1, 1, 4);
  const auto both = [](int64_t v) { return Ints{v, v}; };
  AttrMap attrs = {{"stride", both(c.stride)},
                   {"padding", both(c.padding)},
                   {"dilation", both(c.dilation)},
                   {"groups", c.groups}};
  const double tolerance =
      product_tolerance(t, std::max(c.n * oh * ow, c.c * c.kernel * c.kernel)) * 2;
  for (Library* l : onednn_levels()) l->fast_math = with_fast_math;
  expect_agreement("conv2d", {x, w, bias}, {{t, ys}}, attrs, tolerance);
  expect_agreement("conv2d", {x, w}, {{t, ys}}, attrs, tolerance);
  AttrMap input = attrs, weight = attrs;
  input["input_size"] = Ints{c.h, c.w};
  weight["kernel_size"] = both(c.kernel);
  expect_agreement("conv2d_grad_input", {y, w}, {{t, xs}}, input, tolerance);
  expect_agreement("conv2d_grad_weight", {y, x}, {{t, ws}}, weight, tolerance);
  for (Library* l : onednn_levels()) l->fast_math = false;
}

TEST(Onednn, ConvolutionsAndTheirGradientsAgree) {
  for (const Conv& c :
       {Conv{2, 3, 9, 8, 4, 3, 1, 1, 1, 1}, Conv{1, 1, 12, 12, 6, 5, 1, 0, 1, 1},
        Conv{2, 16, 10, 10, 32, 3, 2, 1, 1, 1}, Conv{1, 8, 9, 9, 8, 3, 1, 2, 2, 1},
        Conv{2, 8, 8, 8, 8, 3, 1, 1, 1, 8}, Conv{2, 8, 7, 7, 12, 3, 1, 1, 1, 4},
        Conv{3, 16, 6, 6, 24, 1, 1, 0, 1, 1}, Conv{1, 3, 11, 10, 5, 4, 3, 1, 1, 1}}) {
    check_convolution(c, kF32, false);
  }
}

TEST(Onednn, ConvolutionsOf16BitFloatsAgree) {
  for (DType t : {kBF16, kF16}) {
    check_convolution({2, 16, 9, 9, 32, 3, 1, 1, 1, 1}, t, false);
    check_convolution({2, 3, 9, 9, 8, 3, 2, 1, 1, 1}, t, false);
  }
}

TEST(Onednn, WinogradConvolutionsAgreeUnderFastMath) {
  check_convolution({2, 32, 14, 14, 32, 3, 1, 1, 1, 1}, kF32, true);
}

TEST(Onednn, ConvolutionsOfStridedOperandsAgree) {
  const Tensor x = random_tensor(kF32, {2, 9, 8, 6}).permute({0, 3, 1, 2});
  const Tensor w = random_tensor(kF32, {5, 3, 3, 6}).permute({0, 3, 1, 2});
  expect_agreement("conv2d", {x, w}, {{kF32, {2, 5, 7, 6}}},
                   {{"stride", Ints{1, 1}},
                    {"padding", Ints{0, 0}},
                    {"dilation", Ints{1, 1}},
                    {"groups", int64_t{1}}},
                   1e-4);
}

}  // namespace
}  // namespace nnrun::test
