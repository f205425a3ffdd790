// Reductions, indexing and data movement, against the reference backend.
#include <limits>

#include "tests/backends/onednn.h"

namespace nnrun::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Ints reduced(const Ints& shape, const Ints& dims, bool keepdim) {
  Ints r;
  for (size_t i = 0; i < shape.size(); ++i) {
    const bool gone = dims.empty() || std::find(dims.begin(), dims.end(), int64_t(i)) != dims.end();
    if (!gone) r.push_back(shape[i]);
    if (gone && keepdim) r.push_back(1);
  }
  return r;
}

void check_reduction(const char* op, const Tensor& x, const Ints& dims, bool keepdim = false) {
  expect_agreement(op, {x}, {{x.dtype(), reduced(x.shape(), dims, keepdim)}},
                   {{"dims", dims}, {"keepdim", keepdim}}, 2 * tolerance_of(x.dtype()));
}

TEST(Onednn, ReductionsAgreeOverAnyDims) {
  for (const char* op : {"sum", "max", "min", "prod"}) {
    for (DType t : {kF32, kF64, kBF16, kF16, kI32, kI64, kU8}) {
      const double lo = op[0] == 'p' && sdk::is_float(t) ? 0.9 : t == kU8 ? 0 : -2;
      const Tensor x = random_tensor(t, {3, 35, 4, 17}, lo, op[0] == 'p' ? 1.1 : 2);
      for (const Ints& dims :
           std::vector<Ints>{{}, {3}, {0}, {1}, {2, 3}, {0, 3}, {1, 2}, {0, 2, 3}}) {
        check_reduction(op, x, dims);
      }
      check_reduction(op, x, {1}, true);
      check_reduction(op, x.permute({3, 1, 0, 2}), {1});
      check_reduction(op, x.slice(3, 0, 17, 2), {3});
    }
  }
}

TEST(Onednn, SumsOfManyNumbersAreExactToTheLastPlaces) {
  const Tensor x = random_tensor(kF32, {3, 40000}, 0, 1);
  check_reduction("sum", x, {});
  check_reduction("sum", x, {1});
  check_reduction("sum", x, {0});
  check_reduction("sum", x.permute({1, 0}), {0});
  check_reduction("sum", x.slice(1, 0, 40000, 2), {});
  check_reduction("max", x, {});
}

TEST(Onednn, SumsOverNothingAreZeroAndProductsOne) {
  const Tensor x(kF32, {0, 3});
  check_reduction("sum", x, {0});
  check_reduction("prod", x, {0});
  check_reduction("max", Tensor(kF32, {3, 0}), {0});
}

TEST(Onednn, ExtremesPropagateNaN) {
  Numbers v(100, 1);
  v[57] = kNaN;
  check_reduction("max", f32({100}, v), {});
  check_reduction("min", f32({50, 2}, v), {0});
}

TEST(Onednn, MeansDivideBySize) {
  const Tensor x = random_tensor(kF32, {7, 33});
  Numbers want(7, 0);
  for (int64_t i = 0; i < 7 * 33; ++i) want[size_t(i / 33)] += x.at(i) / 33;
  expect_results({want}, "mean", {x}, {{kF32, {7}}}, {{"dims", Ints{1}}, {"keepdim", false}});
}

TEST(Onednn, ArgumentsOfExtremesAgree) {
  for (const char* op : {"argmax", "argmin"}) {
    for (DType t : {kF32, kF64, kBF16, kI32, kI64, kU8}) {
      const Tensor x = random_tensor(t, {5, 37, 3}, 0, 9);
      for (int64_t dim = 0; dim < 3; ++dim) {
        Ints shape = x.shape();
        shape.erase(shape.begin() + dim);
        expect_agreement(op, {x}, {{kI64, shape}}, {{"dim", dim}, {"keepdim", false}});
      }
      expect_agreement(op, {x}, {{kI64, {}}}, {{"keepdim", false}});
      expect_agreement(op, {x}, {{kI64, {5, 1, 3}}}, {{"dim", int64_t{1}}, {"keepdim", true}});
    }
  }
  const Tensor x = f32({2, 3}, {1, kNaN, 3, kNaN, 2, kNaN});
  expect_agreement("argmax", {x}, {{kI64, {2}}}, {{"dim", int64_t{1}}, {"keepdim", false}});
}

TEST(Onednn, AllFiniteSeesEveryElement) {
  Numbers v(1000, 1);
  v[997] = std::numeric_limits<double>::infinity();
  const Tensor yes(kU8, {}, {1}), bad = f32({1000}, v), good = random_tensor(kBF16, {333});
  expect_agreement("all_finite", {yes, good, random_tensor(kF64, {9})}, {{kU8, {}}});
  expect_agreement("all_finite", {yes, good, bad}, {{kU8, {}}});
  expect_agreement("all_finite", {Tensor(kU8, {}, {0}), good}, {{kU8, {}}});
}

TEST(Onednn, ConcatenationAgrees) {
  for (DType t : {kF32, kU8, kI64}) {
    const Tensor x = random_tensor(t, {3, 5, 4}, 0, 9), y = random_tensor(t, {3, 2, 4}, 0, 9);
    expect_agreement("concat", {x, y, x}, {{t, {3, 12, 4}}}, {{"dim", int64_t{1}}});
    expect_agreement("concat", {x.permute({2, 1, 0}), y.permute({2, 1, 0})}, {{t, {4, 7, 3}}},
                     {{"dim", int64_t{-2}}});
  }
}

TEST(Onednn, PaddingAndFlippingAgree) {
  for (DType t : {kF32, kBF16, kU8}) {
    const Tensor x = random_tensor(t, {3, 5}, 0, 9);
    expect_agreement(
        "pad", {x}, {{t, {6, 16}}},
        {{"low", Ints{1, 2}}, {"high", Ints{2, 1}}, {"interior", Ints{0, 2}}, {"value", 7.}});
    expect_agreement("flip", {x}, {{t, {3, 5}}}, {{"dims", Ints{1}}});
    expect_agreement("flip", {x.permute({1, 0})}, {{t, {5, 3}}}, {{"dims", Ints{0, -1}}});
  }
}

TEST(Onednn, IndexingAgrees) {
  const Tensor index(kI64, {5}, {3, 0, 5, 1, 3});
  for (DType t : {kF32, kBF16, kI64}) {
    const Tensor x = random_tensor(t, {6, 7, 5}, 0, 9), src = random_tensor(t, {5, 7, 5}, 0, 9);
    const AttrMap dim = {{"dim", int64_t{0}}};
    expect_agreement("index_select", {x, index}, {{t, {5, 7, 5}}}, dim);
    expect_agreement("index_select", {x.permute({1, 0, 2}), index}, {{t, {7, 5, 5}}},
                     {{"dim", int64_t{1}}});
    expect_agreement("index_add", {x, index, src}, {{t, {6, 7, 5}}}, dim);
    const Tensor places = random_tensor(kI64, {4, 7, 5}, 0, 5);
    expect_agreement("gather", {x, places}, {{t, {4, 7, 5}}}, dim);
    expect_agreement("scatter_add", {x, places, src.slice(0, 0, 4)}, {{t, {6, 7, 5}}}, dim);
    for (double start : {-3., 2., 9.}) {
      expect_agreement("dynamic_slice", {x, Tensor(kI64, {}, {start})}, {{t, {3, 7, 5}}},
                       {{"length", int64_t{3}}});
    }
  }
}

TEST(Onednn, IndicesOutOfRangeMakeARunFail) {
  const Tensor x = random_tensor(kF32, {4, 3}), src = random_tensor(kF32, {2, 3});
  const AttrMap dim = {{"dim", int64_t{0}}};
  for (double bad : {-1., 4.}) {
    const Tensor index(kI64, {2}, {1, bad}), places(kI64, {2, 3}, {0, 1, 2, 3, bad, 0});
    EXPECT_THROW(onednn().run1("index_select", {x, index}, {kF32, {2, 3}}, dim), Failed);
    EXPECT_THROW(onednn().run1("index_add", {x, index, src}, {kF32, {4, 3}}, dim), Failed);
    EXPECT_THROW(onednn().run1("gather", {x, places}, {kF32, {2, 3}}, dim), Failed);
    EXPECT_THROW(onednn().run1("scatter_add", {x, places, src}, {kF32, {4, 3}}, dim), Failed);
  }
}

TEST(Onednn, CumulativeSumsAndSortsAgree) {
  for (DType t : {kF32, kBF16, kI32}) {
    const Tensor x = random_tensor(t, {4, 9, 3}, -5, 5);
    for (int64_t dim = 0; dim < 3; ++dim) {
      expect_agreement("cumsum", {x}, {{t, x.shape()}}, {{"dim", dim}});
      for (bool descending : {false, true}) {
        expect_agreement("sort", {x}, {{t, x.shape()}, {kI64, x.shape()}},
                         {{"dim", dim}, {"descending", descending}});
      }
    }
  }
  expect_agreement("sort", {f32({5}, {2, kNaN, 1, kNaN, 2})}, {{kF32, {5}}, {kI64, {5}}},
                   {{"dim", int64_t{0}}, {"descending", true}});
}

TEST(Onednn, RandomNumbersAreTheSameBits) {
  const Tensor state(kI64, {4}, {123456789, -5, 3, 2});
  for (DType t : {kF32, kF64, kBF16, kF16}) {
    for (int64_t n : {1, 6, 20001}) {
      const AttrMap attrs = {{"shape", Ints{n}}, {"dtype", t}};
      expect_agreement("rand", {state}, {{t, {n}}}, attrs, 0);
      expect_agreement("randn", {state}, {{t, {n}}}, attrs, 0);
    }
  }
}

}  // namespace
}  // namespace nnrun::test
