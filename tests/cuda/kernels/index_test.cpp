// Elements that are moved, picked and added up, and random ones.
#include "tests/cuda/kernels/cuda.h"

namespace nnrun::test {
namespace {

TEST(CudaRandom, NumbersAreTheReferencesBitForBit) {
  const Tensor state(kI64, {4}, {-123456789012345.0, 987654321, 5, 3});
  for (DType t : kEveryFloat) {
    const Out out = {t, {103}};
    const AttrMap a = {{"shape", Ints{103}}, {"dtype", t}};
    expect_values(cuda().run1("rand", {state}, out, a),
                  reference().run1("rand", {state}, out, a).values());
    expect_values(cuda().run1("randn", {state}, out, a),
                  reference().run1("randn", {state}, out, a).values(),
                  t == kF32   ? 1e-6
                  : t == kF64 ? 1e-13
                              : 1e-2);
  }
}

TEST(CudaIndex, PlacesAreTakenAndAddedTo) {
  const Tensor index(kI64, {7}, {0, 4, 4, 1, 3, 0, 2});
  for (DType t : kEveryNumber) {
    const Tensor x = drawn(t, {5, 9}, -9, 9);
    expect_agreement("index_select", {x, index}, {{t, {7, 9}}}, {{"dim", int64_t{0}}});
    expect_agreement("index_add", {x, index, drawn(t, {7, 9}, -3, 3, 2)}, {{t, {5, 9}}},
                     {{"dim", int64_t{0}}});
    const Tensor places(kI64, {4, 3}, {0, 1, 2, 4, 4, 4, 1, 1, 0, 3, 2, 1});
    expect_agreement("gather", {x, places}, {{t, {4, 3}}}, {{"dim", int64_t{0}}});
    expect_agreement("scatter_add", {x, places, drawn(t, {4, 3}, -3, 3, 2)}, {{t, {5, 9}}},
                     {{"dim", int64_t{0}}});
  }
}

TEST(CudaIndex, AnIndexOutOfRangeGivesZeroAndTouchesNothing) {
  const Tensor x = f32({3}, {1, 2, 3}), index(kI64, {4}, {-1, 2, 3, 9000000000.0});
  expect_values(cuda().run1("gather", {x, index}, {kF32, {4}}, {{"dim", int64_t{0}}}),
                {0, 3, 0, 0});
  for (const char* impl : {"atomic", "ordered"}) {
    expect_values(cuda().run("index_add", {x, index, f32({4}, {10, 20, 30, 40})}, {{kF32, {3}}},
                             {{"dim", int64_t{0}}}, impl)[0],
                  {1, 2, 23});
  }
}

TEST(CudaMoves, ElementsGoWhereTheyBelong) {
  for (DType t : {kF32, kBF16, kI64, kBool}) {
    const Tensor x = drawn(t, {3, 5}), y = drawn(t, {2, 5}, -2, 2, 2);
    expect_agreement("concat", {x, y}, {{t, {5, 5}}}, {{"dim", int64_t{0}}});
    expect_agreement("flip", {x}, {{t, {3, 5}}}, {{"dims", Ints{1}}});
    expect_agreement(
        "pad", {x}, {{t, {6, 11}}},
        {{"low", Ints{1, 0}}, {"high", Ints{2, 2}}, {"interior", Ints{0, 1}}, {"value", 1.0}});
    expect_agreement("copy", {x.permute({1, 0})}, {{t, {5, 3}}});
    expect_agreement("dynamic_slice", {x, Tensor(kI64, {}, {9})}, {{t, {2, 5}}},
                     {{"length", int64_t{2}}});
  }
  for (DType t : kEveryNumber) {
    expect_agreement("cumsum", {drawn(t, {3, 7}, -3, 3)}, {{t, {3, 7}}}, {{"dim", int64_t{1}}});
    for (bool down : {false, true}) {
      expect_agreement("sort", {drawn(t, {4, 33}, -9, 9)}, {{t, {4, 33}}, {kI64, {4, 33}}},
                       {{"dim", int64_t{1}}, {"descending", down}});
    }
  }
}

}  // namespace
}  // namespace nnrun::test
