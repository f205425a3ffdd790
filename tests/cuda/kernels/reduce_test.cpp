// Reductions, products of matrices, and what walks along lines.
#include "tests/cuda/kernels/cuda.h"

namespace nnrun::test {
namespace {

TEST(CudaReduce, SumsOverAnyDimensions) {
  for (DType t : kEveryNumber) {
    const Tensor x = drawn(t, {3, 5, 37}, -2, 2);
    for (const char* op : {"sum", "max", "min", "prod"}) {
      expect_agreement(op, {x}, {{t, {3, 5}}}, {{"dims", Ints{2}}, {"keepdim", false}});
      expect_agreement(op, {x}, {{t, {5, 37}}}, {{"dims", Ints{0}}, {"keepdim", false}});
      expect_agreement(op, {x.permute({2, 0, 1})}, {{t, {37, 1, 1}}},
                       {{"dims", Ints{1, -1}}, {"keepdim", true}});
    }
  }
  expect_agreement("sum", {Tensor(kF32, {0, 3})}, {{kF32, {3}}},
                   {{"dims", Ints{0}}, {"keepdim", false}});
  expect_agreement("max", {f32({2, 2}, {NAN, 1, 2, NAN})}, {{kF32, {2}}},
                   {{"dims", Ints{1}}, {"keepdim", false}});
}

TEST(CudaReduce, LongOnesAreSplitIntoParts) {
  for (DType t : {kF32, kF64, kI32}) {
    expect_agreement("sum", {drawn(t, {9001}, -1, 1)}, {{t, {}}},
                     {{"dims", Ints{}}, {"keepdim", false}});
    expect_agreement("max", {drawn(t, {3, 4099}, -9, 9)}, {{t, {3}}},
                     {{"dims", Ints{1}}, {"keepdim", false}});
    expect_agreement("sum", {drawn(t, {777, 5}, -1, 1)}, {{t, {5}}},
                     {{"dims", Ints{0}}, {"keepdim", false}});
  }
}

TEST(CudaReduce, ArgmaxTakesTheFirstOfEqualsAndNanBeforeAll) {
  for (const char* op : {"argmax", "argmin"}) {
    for (DType t : kEveryNumber) {
      const Tensor x = drawn(t, {5, 301}, -9, 9);
      expect_agreement(op, {x}, {{kI64, {5}}}, {{"dim", int64_t{1}}});
      expect_agreement(op, {x}, {{kI64, {301}}}, {{"dim", int64_t{0}}});
      expect_agreement(op, {x}, {{kI64, {}}});
    }
    expect_agreement(op, {f32({5}, {1, NAN, 7, NAN, -1})}, {{kI64, {}}});
  }
}

TEST(CudaProduct, LinearAddsItsBiasByCublasltAndByTiles) {
  for (DType t : kEveryFloat) {
    const Tensor x = drawn(t, {5, 2, 37}, -1, 1, 1), w = drawn(t, {19, 37}, -1, 1, 2);
    const Tensor bias = drawn(t, {19}, -1, 1, 3);
    const Tensor flat = reference().run1(
        "matmul", {drawn(t, {10, 37}, -1, 1, 1), w.permute({1, 0})}, {t, {10, 19}});
    Numbers want = flat.values();
    for (size_t i = 0; i < want.size(); ++i) want[i] += bias.at(int64_t(i % 19));
    for (const char* impl : {"cublaslt", "tiled"}) {
      SCOPED_TRACE(impl);
      expect_values(cuda().run("linear", {x, w, bias}, {{t, {5, 2, 19}}}, {}, impl)[0], want,
                    2 * tolerance_of(t));
    }
  }
}

TEST(CudaProduct, CublasltIsNotOfferedWhatIsNoMatrix) {
  const Tensor x = drawn(kF32, {6, 10}).slice(0, 0, 6, 2).slice(1, 0, 10, 2);
  const Offered o = cuda().offer("matmul", {x, drawn(kF32, {5, 4})}, {{kF32, {3, 4}}});
  ASSERT_EQ(o.ways.size(), 1u);
  EXPECT_EQ(sdk::to_string(o.ways[0].impl), "tiled");
  EXPECT_NE(o.why_not.find("rows and columns both have gaps"), std::string::npos) << o.why_not;
}

TEST(CudaProduct, EveryLayoutOfTheFactorsIsMultiplied) {
  for (DType t : kEveryNumber) {
    const Tensor x = drawn(t, {70, 37}, -1, 1, 1), y = drawn(t, {37, 67}, -1, 1, 2);
    expect_agreement("matmul", {x, y}, {{t, {70, 67}}});
  }
  const Tensor x = drawn(kF32, {37, 70}), y = drawn(kF32, {67, 37}, -2, 2, 2);
  expect_agreement("matmul", {x.permute({1, 0}), y.permute({1, 0})}, {{kF32, {70, 67}}});
  expect_agreement("matmul", {drawn(kF32, {2, 1, 3, 4}), drawn(kF32, {1, 5, 4, 2})},
                   {{kF32, {2, 5, 3, 2}}});
  expect_agreement("matmul", {Tensor(kF32, {2, 0}), Tensor(kF32, {0, 3})}, {{kF32, {2, 3}}});
}

}  // namespace
}  // namespace nnrun::test
