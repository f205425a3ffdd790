// The meaning of reductions and of ops that move, index and order elements.
#include <limits>

#include "tests/backends/reference.h"

namespace nnrun::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Tensor reduce(const std::string& op, const Tensor& x, const Ints& dims, const Ints& shape,
              bool keepdim = false) {
  return reference().run1(op, {x}, {x.dtype(), shape}, {{"dims", dims}, {"keepdim", keepdim}});
}
Tensor arg(const std::string& op, const Tensor& x, int64_t dim, const Ints& shape) {
  return reference().run1(op, {x}, {kI64, shape}, {{"dim", dim}, {"keepdim", false}});
}
/// The text of the failure of a call.
template <class F> std::string failure(nnr_status status, F&& f) {
  try {
    f();
  } catch (const Failed& e) {
    EXPECT_EQ(e.status, status);
    return e.what();
  }
  ADD_FAILURE() << "nothing failed";
  return "";
}

const Tensor& counting() {
  static const Tensor x = f32({2, 3, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  return x;
}

TEST(ReferenceReduce, SumsOverSomeOrAllDims) {
  expect_values(reduce("sum", counting(), {1}, {2, 2}), {6, 9, 24, 27});
  expect_values(reduce("sum", counting(), {1}, {2, 1, 2}, true), {6, 9, 24, 27});
  expect_values(reduce("sum", counting(), {0, -1}, {3}), {14, 22, 30});
  expect_values(reduce("sum", counting(), {}, {}), {66});
  expect_values(reduce("sum", counting(), {}, {1, 1, 1}, true), {66});
  expect_values(reduce("sum", f32({}, {5}), {}, {}), {5});
}

TEST(ReferenceReduce, ReducesViews) {
  expect_values(reduce("sum", counting().permute({2, 0, 1}), {2}, {2, 2}), {6, 24, 9, 27});
  expect_values(reduce("sum", f32({1}, {3}).expand({4, 2}), {0}, {2}), {12, 12});
}

TEST(ReferenceReduce, OverNothingGivesTheNeutralElement) {
  const Tensor none(kF32, {2, 0});
  expect_values(reduce("sum", none, {1}, {2}), {0, 0});
  expect_values(reduce("prod", none, {1}, {2}), {1, 1});
  expect_values(reduce("max", Tensor(kF32, {0, 3}), {1}, {0}), {});
}

TEST(ReferenceReduce, MaxAndMinPassNaNOn) {
  const Tensor x = f32({2, 3}, {1, kNaN, 3, -1, -5, -2});
  expect_values(reduce("max", x, {1}, {2}), {kNaN, -1});
  expect_values(reduce("min", x, {1}, {2}), {kNaN, -5});
  expect_values(reduce("max", f32({2}, {-kInf, -kInf}), {0}, {}), {-kInf});
  expect_values(reduce("min", Tensor(kU8, {3}, {9, 255, 4}), {}, {}), {4});
  expect_values(reduce("max", Tensor(kI64, {2}, {-9, -7}), {}, {}), {-7});
}

TEST(ReferenceReduce, MultipliesAndWraps) {
  expect_values(reduce("prod", f32({4}, {1, 2, 3, 4}), {}, {}), {24});
  expect_values(reduce("prod", Tensor(kU8, {2}, {16, 17}), {}, {}), {16});
  expect_values(reduce("sum", Tensor(kI32, {2}, {2147483647, 1}), {}, {}), {-2147483648.0});
}

TEST(ReferenceReduce, SixteenBitSumsRoundOnce) {
  // Adding 1 to 256 in bfloat16 would give 256 each time.
  Numbers ones(257, 1);
  ones[0] = 256;
  expect_values(reduce("sum", Tensor(kBF16, {257}, ones), {}, {}), {512});
  expect_values(reduce("sum", Tensor(kF32, {3}, {0x1p24, 1, 1}), {}, {}), {0x1p24 + 2});
}

TEST(ReferenceReduce, ArgmaxTakesTheFirstAndNaNBeatsAll) {
  const Tensor x = f32({3, 3}, {1, 5, 5, 2, kNaN, kNaN, -1, -2, -2});
  expect_values(arg("argmax", x, 1, {3}), {1, 1, 0});
  expect_values(arg("argmin", x, 1, {3}), {0, 1, 1});
  expect_values(arg("argmax", x, -2, {3}), {1, 1, 1});
}

TEST(ReferenceReduce, ArgmaxWithoutDimCountsInRowMajorOrder) {
  const Tensor x(kI32, {2, 3}, {1, 9, 2, 3, 9, 4});
  expect_values(reference().run1("argmax", {x}, {kI64, {}}, {{"keepdim", false}}), {1});
  expect_values(
      reference().run1("argmin", {x.permute({1, 0})}, {kI64, {1, 1}}, {{"keepdim", true}}), {0});
  expect_values(reference().run1("argmax", {x.permute({1, 0})}, {kI64, {}}, {{"keepdim", false}}),
                {2});
  expect_values(arg("argmax", f32({}, {7}), -1, {}), {0});
}

TEST(ReferenceShape, Concatenates) {
  const Tensor a = f32({2, 1}, {1, 2}), b = f32({2, 2}, {3, 4, 5, 6}), none(kF32, {2, 0});
  const Out y = {kF32, {2, 3}};
  expect_values(reference().run1("concat", {a, none, b}, y, {{"dim", 1}}), {1, 3, 4, 2, 5, 6});
  expect_values(reference().run1("concat", {b.permute({1, 0}), a.permute({1, 0})}, {kF32, {3, 2}},
                                 {{"dim", -2}}),
                {3, 5, 4, 6, 1, 2});
}

TEST(ReferenceShape, PadsOutsideAndBetween) {
  const Tensor x = f32({2, 2}, {1, 2, 3, 4});
  expect_values(
      reference().run1(
          "pad", {x}, {kF32, {3, 5}},
          {{"low", Ints{0, 1}}, {"high", Ints{1, 1}}, {"interior", Ints{0, 1}}, {"value", -1.0}}),
      {-1, 1, -1, 2, -1, -1, 3, -1, 4, -1, -1, -1, -1, -1, -1});
  expect_values(reference().run1(
                    "pad", {Tensor(kI32, {0})}, {kI32, {2}},
                    {{"low", Ints{1}}, {"high", Ints{1}}, {"interior", Ints{3}}, {"value", 7.0}}),
                {7, 7});
}

TEST(ReferenceShape, Flips) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_values(apply("flip", x, {{"dims", Ints{1}}}), {3, 2, 1, 6, 5, 4});
  expect_values(apply("flip", x, {{"dims", Ints{0, -1}}}), {6, 5, 4, 3, 2, 1});
  expect_values(apply("flip", x.permute({1, 0}), {{"dims", Ints{0}}}), {3, 6, 2, 5, 1, 4});
  expect_values(apply("flip", x, {{"dims", Ints{}}}), x.values());
  expect_values(apply("flip", f32({}, {1}), {{"dims", Ints{0}}}), {1});
  expect_values(apply("flip", Tensor(kF32, {0, 2}), {{"dims", Ints{0}}}), {});
}

TEST(ReferenceShape, DynamicSliceClampsItsStart) {
  const Tensor x = f32({3, 2}, {1, 2, 3, 4, 5, 6});
  const auto slice = [&](double start) {
    return reference().run1("dynamic_slice", {x, Tensor(kI64, {}, {start})}, {kF32, {2, 2}},
                            {{"length", 2}});
  };
  expect_values(slice(1), {3, 4, 5, 6});
  expect_values(slice(9), {3, 4, 5, 6});
  expect_values(slice(-9), {1, 2, 3, 4});
}

TEST(ReferenceIndex, GathersAlongADim) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  const Tensor index(kI64, {2, 2}, {2, 0, 1, 1});
  expect_values(reference().run1("gather", {x, index}, {kF32, {2, 2}}, {{"dim", 1}}), {3, 1, 5, 5});
  // Smaller than x in another dimension.
  expect_values(reference().run1("gather", {x, Tensor(kI64, {3, 2}, {1, 0, 0, 0, 1, 1})},
                                 {kF32, {3, 2}}, {{"dim", -2}}),
                {4, 2, 1, 2, 4, 5});
  expect_values(
      reference().run1("gather", {x.permute({1, 0}), index}, {kF32, {2, 2}}, {{"dim", 0}}),
      {3, 4, 2, 5});
}

TEST(ReferenceIndex, SelectsRows) {
  const Tensor x(kI32, {3, 2}, {1, 2, 3, 4, 5, 6}), index(kI64, {4}, {2, 0, 0, 1});
  expect_values(reference().run1("index_select", {x, index}, {kI32, {4, 2}}, {{"dim", 0}}),
                {5, 6, 1, 2, 1, 2, 3, 4});
  expect_values(
      reference().run1("index_select", {x, index.slice(0, 1, 4, 2)}, {kI32, {2, 2}}, {{"dim", 0}}),
      {1, 2, 3, 4});
  const Tensor column(kI64, {1}, {1});
  expect_values(reference().run1("index_select", {x, column}, {kI32, {3, 1}}, {{"dim", -1}}),
                {2, 4, 6});
}

TEST(ReferenceIndex, AddsWhereIndicesSay) {
  const Tensor x = f32({2, 3}, {1, 1, 1, 1, 1, 1}), index(kI64, {2, 2}, {0, 0, 2, 1});
  const Tensor source = f32({2, 2}, {10, 20, 30, 40});
  expect_values(reference().run1("scatter_add", {x, index, source}, {kF32, {2, 3}}, {{"dim", 1}}),
                {31, 1, 1, 1, 41, 31});
  expect_values(reference().run1("index_add", {x, Tensor(kI64, {2}, {2, 2}), source},
                                 {kF32, {2, 3}}, {{"dim", 1}}),
                {1, 1, 31, 1, 1, 71});
  expect_values(reference().run1("index_add",
                                 {Tensor(kU8, {2}, {250, 0}), Tensor(kI64, {2}, {0, 0}),
                                  Tensor(kU8, {2}, {5, 5})},
                                 {kU8, {2}}, {{"dim", 0}}),
                {4, 0});
}

TEST(ReferenceIndex, SixteenBitSumsRoundOnce) {
  const Tensor ones = Tensor(kBF16, {1}, {1}).expand({256});
  const Tensor index = Tensor(kI64, {1}, {0}).expand({256});
  expect_values(reference().run1("index_add", {Tensor(kBF16, {1}, {256}), index, ones},
                                 {kBF16, {1}}, {{"dim", 0}}),
                {512});
}

TEST(ReferenceIndex, NamesAnIndexOutOfRange) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  for (double bad : {3.0, -1.0}) {
    const Tensor index(kI64, {2}, {0, bad});
    const std::string text = failure(NNR_E_INVALID, [&] {
      reference().run1("index_select", {x, index}, {kF32, {2, 2}}, {{"dim", 1}});
    });
    EXPECT_NE(text.find("[index_select] index " + std::to_string(int(bad))), std::string::npos);
    EXPECT_NE(text.find("dimension 1 of size 3"), std::string::npos) << text;
  }
  const Tensor index(kI64, {1, 1}, {2});
  failure(NNR_E_INVALID, [&] {
    reference().run1("gather", {x, index}, {kF32, {1, 1}}, {{"dim", 0}});
  });
  failure(NNR_E_INVALID, [&] {
    reference().run1("scatter_add", {x, index, f32({1, 1}, {1})}, {kF32, {2, 3}}, {{"dim", 0}});
  });
  failure(NNR_E_INVALID, [&] {
    reference().run1("index_add", {x, Tensor(kI64, {1}, {2}), f32({1, 3}, {1, 1, 1})},
                     {kF32, {2, 3}}, {{"dim", 0}});
  });
}

TEST(ReferenceOrder, CumulativeSums) {
  const Tensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});
  expect_values(apply("cumsum", x, {{"dim", 1}}), {1, 3, 6, 4, 9, 15});
  expect_values(apply("cumsum", x, {{"dim", -2}}), {1, 2, 3, 5, 7, 9});
  expect_values(apply("cumsum", x.permute({1, 0}), {{"dim", 0}}), {1, 4, 3, 9, 6, 15});
  expect_values(apply("cumsum", f32({}, {4}), {{"dim", 0}}), {4});
  expect_values(apply("cumsum", Tensor(kF32, {2, 0}), {{"dim", 1}}), {});
  expect_values(apply("cumsum", Tensor(kU8, {2}, {200, 100}), {{"dim", 0}}), {200, 44});
  Numbers ones(257, 1);
  ones[0] = 256;
  EXPECT_EQ(apply("cumsum", Tensor(kBF16, {257}, ones), {{"dim", 0}}).at(256), 512);
}

TEST(ReferenceOrder, SortsStablyWithNaNAsTheLargest) {
  const Tensor x = f32({6}, {2, kNaN, 1, 2, -kInf, 1});
  auto sorted = [&](const Tensor& t, bool descending, int64_t dim = 0) {
    return reference().run("sort", {t}, {{t.dtype(), t.shape()}, {kI64, t.shape()}},
                           {{"dim", dim}, {"descending", descending}});
  };
  std::vector<Tensor> up = sorted(x, false), down = sorted(x, true);
  expect_values(up[0], {-kInf, 1, 1, 2, 2, kNaN});
  expect_values(up[1], {4, 2, 5, 0, 3, 1});
  expect_values(down[0], {kNaN, 2, 2, 1, 1, -kInf});
  expect_values(down[1], {1, 0, 3, 2, 5, 4});
  const std::vector<Tensor> columns =
      sorted(Tensor(kI32, {2, 2}, {3, 1, 2, 4}).permute({1, 0}), false);
  expect_values(columns[0], {1, 2, 3, 4});
  expect_values(columns[1], {1, 0, 0, 1});
  expect_values(sorted(f32({}, {5}), false)[1], {0});
  expect_values(sorted(Tensor(kF32, {3, 0}), false, 1)[0], {});
}

TEST(ReferenceAllFinite, WantsEveryElementAndTheFlag) {
  const Tensor one(kU8, {}, {1}), zero(kU8, {}, {0});
  const Tensor good = f32({2}, {1, 2}), bad(kBF16, {2}, {1, kInf}), nan(kF64, {}, {kNaN});
  const Tensor none(kF16, {0});
  const auto check = [](std::vector<std::optional<Tensor>> in) {
    return reference().run1("all_finite", in, {kU8, {}}).at(0);
  };
  EXPECT_EQ(check({one, good, none}), 1);
  EXPECT_EQ(check({one}), 1);
  EXPECT_EQ(check({zero, good}), 0);
  EXPECT_EQ(check({one, good, bad}), 0);
  EXPECT_EQ(check({one, nan, good}), 0);
}

}  // namespace
}  // namespace nnrun::test
