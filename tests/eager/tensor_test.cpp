// Tensors as values: how they are made, seen, indexed and combined.
#include <nnrun/abi/dlpack/dlpack.h>
#include <nnrun/tensor.h>

#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace nnrun {
namespace {

using indexing::Ellipsis;
using indexing::None;
using indexing::Slice;
using test::expect_error;
using test::values;
using V = std::vector<double>;
using Sizes = std::vector<int64_t>;

Sizes sizes(const Tensor& t) { return t.sizes().vec(); }

TEST(Undefined, ATensorLooksLikeOneOfNoElements) {
  EXPECT_EQ(Tensor().sizes(), (IntArrayRef{0}));
  EXPECT_EQ(Tensor().dim(), 1);
  EXPECT_EQ(Tensor().size(0), 0);
  EXPECT_EQ(Tensor().numel(), 0);
}

TEST(Tensor, IsMadeOfNestedBraces) {
  const Tensor x = tensor({{1.5, 2.0, 3.0}, {4.0, 5.0, 6.0}});
  EXPECT_EQ(sizes(x), (Sizes{2, 3}));
  EXPECT_EQ(x.scalar_type(), kFloat);
  EXPECT_EQ(values(x), (V{1.5, 2, 3, 4, 5, 6}));
  EXPECT_EQ(tensor({1, 2, 3}).scalar_type(), kLong);
  EXPECT_EQ(tensor({true, false}).scalar_type(), kBool);
  EXPECT_EQ(tensor(3.5).dim(), 0);
  EXPECT_EQ(tensor({1, 2}, kDouble).scalar_type(), kDouble);
  EXPECT_EQ(sizes(tensor({{{1}, {2}}})), (Sizes{1, 2, 1}));
  expect_error(Code::model, "different sizes", [] { tensor({{1, 2}, {3}}); });
  expect_error(Code::model, "one list", [] { tensor({{1.0}, {3}}); });
}

TEST(Tensor, FactoriesKnowDtypes) {
  EXPECT_EQ(zeros({2}).scalar_type(), kFloat);
  EXPECT_EQ(full({2}, 3).scalar_type(), kLong);
  EXPECT_EQ(full({2}, 3.0).scalar_type(), kFloat);
  EXPECT_EQ(full({2}, true).scalar_type(), kBool);
  EXPECT_EQ(arange(3).scalar_type(), kLong);
  EXPECT_EQ(arange(3.0).scalar_type(), kFloat);
  EXPECT_EQ(values(arange(1, 2, 0.25)), (V{1, 1.25, 1.5, 1.75}));
  EXPECT_EQ(values(linspace(0, 1, 5)), (V{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(values(eye(2, 3)), (V{1, 0, 0, 0, 1, 0}));
  EXPECT_EQ(values(ones({2}, kInt) * 2), (V{2, 2}));
  for (ScalarType t : {kByte, kInt, kLong, kHalf, kFloat, kDouble, kBool, kBFloat16}) {
    EXPECT_EQ(values(ones({3}, t)), (V{1, 1, 1}));
  }
}

TEST(Tensor, ViewsShareStorage) {
  Tensor x = arange(6, kFloat), y = x.view({2, 3}), z = y.t();
  y[0][1] = 10;
  EXPECT_EQ(values(x), (V{0, 10, 2, 3, 4, 5}));
  EXPECT_EQ(values(z), (V{0, 3, 10, 4, 2, 5}));
  EXPECT_FALSE(z.is_contiguous());
  EXPECT_EQ(z.data_ptr(), x.data_ptr());
  EXPECT_NE(z.contiguous().data_ptr(), x.data_ptr());
  expect_error(Code::model, "without a copy", [&] { z.view({6}); });
  EXPECT_EQ(values(z.reshape({6})), (V{0, 3, 10, 4, 2, 5}));
}

TEST(Tensor, ViewsOfStridedElementsWhereTheyLieEvenly) {
  Tensor x = arange(24, kFloat).view({2, 3, 4}).transpose(0, 1);  // (3, 2, 4), strides 4 12 1
  Tensor y = x.view({3, 2, 2, 2});
  EXPECT_EQ(y.data_ptr(), x.data_ptr());
  EXPECT_EQ(values(y), values(x));
  expect_error(Code::model, "without a copy", [&] { x.view({6, 4}); });
  EXPECT_EQ(values(arange(6).view({2, 3}).slice(1, 0, 2).view({2, 1, 2})), (V{0, 1, 3, 4}));
}

TEST(Tensor, IndexesAsPythonDoes) {
  Tensor x = arange(12, kFloat).view({3, 4});
  EXPECT_EQ(values(x.index({1})), (V{4, 5, 6, 7}));
  EXPECT_EQ(values(x.index({Slice(), -1})), (V{3, 7, 11}));
  EXPECT_EQ(values(x.index({Slice(0, None, 2), Slice(1, 3)})), (V{1, 2, 9, 10}));
  EXPECT_EQ(sizes(x.index({None, Ellipsis, None})), (Sizes{1, 3, 4, 1}));
  EXPECT_EQ(values(x.index({"...", 0})), (V{0, 4, 8}));
  EXPECT_EQ(values(x.index({x > 8})), (V{9, 10, 11}));
  EXPECT_EQ(values(x.index({tensor({2, 0})})), (V{8, 9, 10, 11, 0, 1, 2, 3}));
  EXPECT_EQ(values(x.index({tensor({2, 0}), tensor({1, 3})})), (V{9, 3}));
  EXPECT_EQ(values(x.index({Slice(), tensor({-1, 0})})), (V{3, 0, 7, 4, 11, 8}));
  expect_error(Code::model, "out of range", [&] { x[3]; });
  expect_error(Code::model, "out of range", [&] { x.index({tensor({3})}); });
  expect_error(Code::model, "3 indices", [&] { x.index({0, 0, 0}); });
}

TEST(Tensor, IsWrittenThroughIndices) {
  Tensor x = zeros({3, 3});
  x.index_put_({Slice(), 1}, 5);
  x.index_put_({tensor({0, 2}), tensor({0, 2})}, tensor({1.0, 2.0}));
  EXPECT_EQ(values(x), (V{1, 5, 0, 0, 5, 0, 0, 5, 2}));
  x.index_put_({x > 4}, -1);
  EXPECT_EQ(values(x), (V{1, -1, 0, 0, -1, 0, 0, -1, 2}));
}

TEST(Tensor, PromotesDtypesAsPyTorchDoes) {
  EXPECT_EQ((ones({2}, kInt) + 1).scalar_type(), kInt);
  EXPECT_EQ((ones({2}, kInt) + 1.5).scalar_type(), kFloat);
  EXPECT_EQ((ones({2}, kHalf) + 1.5).scalar_type(), kHalf);
  EXPECT_EQ((ones({2}, kHalf) + ones({2}, kBFloat16)).scalar_type(), kFloat);
  EXPECT_EQ((ones({2}, kFloat) + tensor(1.0, kDouble)).scalar_type(), kFloat);
  EXPECT_EQ((ones({2}, kFloat) + ones({1}, kDouble)).scalar_type(), kDouble);
  EXPECT_EQ((ones({2}, kInt) / 2).scalar_type(), kFloat);
  EXPECT_EQ((ones({2}, kBool) + true).scalar_type(), kBool);
  EXPECT_EQ(ones({2}, kBool).sum().scalar_type(), kLong);
  EXPECT_EQ((ones({2}) > 0).scalar_type(), kBool);
  expect_error(Code::model, "floats", [] { ones({2}, kLong).mean(); });
}

TEST(Tensor, BroadcastsOrNamesBothShapes) {
  EXPECT_EQ(values(tensor({{1}, {2}}) + tensor({10, 20})), (V{11, 21, 12, 22}));
  const Error e = expect_error(Code::model, "(3,)", [] { ones({2}) + ones({3}); });
  EXPECT_NE(std::string(e.what()).find("(2,)"), std::string::npos);
  expect_error(Code::model, "cannot be multiplied", [] { ones({2, 3}).mm(ones({2, 3})); });
}

TEST(Tensor, ReducesOverDimensions) {
  Tensor x = arange(6, kFloat).view({2, 3});
  EXPECT_EQ(values(x.sum(0)), (V{3, 5, 7}));
  EXPECT_EQ(values(x.sum({0, 1})), (V{15}));
  EXPECT_EQ(sizes(x.mean(1, true)), (Sizes{2, 1}));
  const auto [v, i] = x.max(1);
  EXPECT_EQ(values(v), (V{2, 5}));
  EXPECT_EQ(values(i), (V{2, 2}));
  EXPECT_EQ(values(x.argmax()), (V{5}));
  EXPECT_NEAR(x.std().item<double>(), 1.8708287, 1e-6);
  EXPECT_NEAR(x.norm().item<double>(), 7.4161985, 1e-6);
  EXPECT_EQ(values(std::get<0>(x.sort(1, true))), (V{2, 1, 0, 5, 4, 3}));
  EXPECT_EQ(values(x.cumsum(1)), (V{0, 1, 3, 3, 7, 12}));
}

TEST(Tensor, RandomNumbersFollowTheSeed) {
  manual_seed(7);
  const Tensor a = randn({100}), b = rand({10});
  manual_seed(7);
  EXPECT_TRUE(equal(a, randn({100})));
  EXPECT_TRUE(equal(b, rand({10})));
  EXPECT_FALSE(equal(a, randn({100})));
  const Tensor n = randint(3, 6, {1000});
  EXPECT_EQ(n.min().item<int64_t>(), 3);
  EXPECT_EQ(n.max().item<int64_t>(), 5);
  EXPECT_TRUE(equal(std::get<0>(randperm(50).sort()), arange(50)));
}

TEST(Tensor, GoesToDLPackAndBackWithoutACopy) {
  Tensor x = arange(6, kFloat).view({2, 3}).t();
  DLManagedTensor* capsule = to_dlpack(x);
  Tensor y = from_dlpack(capsule);
  EXPECT_EQ(y.data_ptr(), x.data_ptr());
  EXPECT_EQ(values(y), values(x));
  y.add_(1);
  EXPECT_EQ(values(x)[0], 1);
}

TEST(Tensor, FromBlobCallsTheDeleterWithTheLastView) {
  std::vector<float> memory{1, 2, 3, 4};
  int deleted = 0;
  {
    Tensor view;
    {
      Tensor x = from_blob(memory.data(), {2, 2}, [&](void*) { ++deleted; });
      view = x[1];
    }
    EXPECT_EQ(deleted, 0);
    EXPECT_EQ(values(view), (V{3, 4}));
  }
  EXPECT_EQ(deleted, 1);
}

TEST(Device, OfAnotherBackendComputesThere) {
  const Tensor x = ones({2, 2}, Device("reference"));
  EXPECT_EQ(x.device().str(), "reference");
  EXPECT_EQ((x + x).device().str(), "reference");
  const Error e = expect_error(Code::model, "reference", [&] { x + ones({2, 2}); });
  EXPECT_NE(std::string(e.what()).find("cpu"), std::string::npos);
  EXPECT_EQ(values(x.to("cpu") + ones({2, 2})), (V{2, 2, 2, 2}));
}

TEST(Device, ThatIsNotThereSaysWhy) {
  expect_error(Code::backend, "cuda", [] { ones({2}).cuda(); });
  expect_error(Code::model, "expected a name", [] { Device("cpu:x"); });
}

TEST(Memory, OfAnImpossibleSizeIsAnError) {
  expect_error(Code::memory, "allocate", [] { empty({int64_t{1} << 40, 1024}); });
  EXPECT_THROW(empty({int64_t{1} << 62, 8}), Error);
  expect_error(Code::model, "negative", [] { zeros({-1}); });
}

}  // namespace
}  // namespace nnrun
