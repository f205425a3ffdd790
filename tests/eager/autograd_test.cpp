// Gradients of operations that ran: what they are, where they stop, and what is refused.
#include <cmath>
#include <sstream>
#include <thread>

#include <nnrun/autograd.h>
#include <nnrun/tensor.h>

#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace torch = nnrun;

namespace nnrun {
namespace {

using test::expect_error;

using test::values;
using V = std::vector<double>;

Tensor leaf(std::initializer_list<double> v) {
  return tensor(std::vector<double>(v), kDouble).requires_grad_();
}

TEST(Backward, OfAnExpressionReachesItsLeaves) {
  Tensor v1 = tensor({1.0, 1.0}, requires_grad()), v2 = tensor({2.0, 3.0});
  Tensor s = ((v1 + v2) * 2).sum();
  EXPECT_EQ(s.item<float>(), 14);
  s.backward();
  EXPECT_EQ(values(v1.grad()), (V{2, 2}));
  EXPECT_FALSE(v2.grad().defined());
  EXPECT_TRUE(v1.is_leaf());
  EXPECT_FALSE(s.is_leaf());
}

TEST(Backward, AddsToTheGradientThatIsThere) {
  Tensor x = leaf({3});
  (x * x).sum().backward();
  (x * 2).sum().backward();
  EXPECT_EQ(values(x.grad()), (V{8}));
  x.mutable_grad().zero_();
  (x * 2).sum().backward();
  EXPECT_EQ(values(x.grad()), (V{2}));
}

TEST(Backward, OfSoftmaxOverNothingLeavesTheLeafALeaf) {
  for (const ScalarType type : {kFloat, kDouble, kBFloat16}) {
    Tensor x = zeros({0, 3}, type).requires_grad_();
    Tensor y = x.softmax(0);
    EXPECT_TRUE(x.is_leaf()) << type;
    EXPECT_FALSE(y.is_leaf()) << type;
    y.sum().backward();
    ASSERT_TRUE(x.grad().defined()) << type;
    EXPECT_EQ(x.grad().sizes(), (IntArrayRef{0, 3})) << type;
  }
}

TEST(Backward, TwiceNeedsRetainGraph) {
  Tensor x = leaf({3});
  Tensor y = (x * x).sum();
  y.backward({}, true);
  y.backward();
  EXPECT_EQ(values(x.grad()), (V{12}));
  const Error e = expect_error(Code::model, "second time", [&] { y.backward(); });
  EXPECT_NE(e.hint().find("retain_graph"), std::string::npos);
}

TEST(Backward, OfAVectorNeedsItsGradient) {
  Tensor x = leaf({1, 2});
  expect_error(Code::model, "only for a scalar", [&] { (x * x).backward(); });
  (x * x).backward(tensor({1.0, 10.0}, kDouble));
  EXPECT_EQ(values(x.grad()), (V{2, 40}));
}

TEST(Backward, SumsAGradientThatTheTensorWouldBeExpandedTo) {
  Tensor x = leaf({1, 2}), y = leaf({3, 4}).reshape({2, 1});
  (x * 2).backward(ones({3, 2}, kDouble));  // libtorch 2.15 leaves 6 and 6
  EXPECT_EQ(values(x.grad()), (V{6, 6}));
  y.retain_grad();
  y.backward(tensor({{1.0, 2.0}, {3.0, 4.0}}, kDouble));
  EXPECT_EQ(values(y.grad()), (V{3, 7}));
}

TEST(Backward, OfWhatWantsNoGradientIsRefused) {
  expect_error(Code::model, "does not require a gradient", [] { tensor(1.0).backward(); });
}

TEST(Backward, CreatesAGraphForGradientsOfGradients) {
  Tensor x = leaf({2});
  Tensor y = (x * x * x).sum();
  y.backward({}, nullopt, true);
  Tensor g = x.grad().clone();
  EXPECT_EQ(values(g), (V{12}));
  x.mutable_grad() = Tensor();
  g.sum().backward();
  EXPECT_EQ(values(x.grad()), (V{12}));
}

TEST(Backward, FlowsThroughSharedOperandsOnce) {
  Tensor x = leaf({2});
  Tensor y = x * x;
  Tensor z = (y + y * y).sum();  // x^2 + x^4
  z.backward();
  EXPECT_EQ(values(x.grad()), (V{4 + 32}));
}

TEST(Backward, OfALongChainDoesNotOverflowTheStack) {
  Tensor x = leaf({1});
  Tensor y = x;
  for (int i = 0; i < 200000; ++i) y = y + 1;
  y.sum().backward();
  EXPECT_EQ(values(x.grad()), (V{1}));
}

TEST(Backward, ReturnsTheGradientOfANonLeafThatRetainsIt) {
  Tensor x = leaf({2});
  Tensor y = x * 3;
  y.retain_grad();
  (y * y).sum().backward();
  EXPECT_EQ(values(y.grad()), (V{12}));
}

/// Its backward gives what it is told to, of whatever type.
struct GivesGradient : autograd::Function<GivesGradient> {
  static Tensor forward(autograd::AutogradContext* ctx, Tensor x, Tensor gradient) {
    ctx->save_for_backward({gradient});
    return x * 1;
  }
  static autograd::variable_list backward(autograd::AutogradContext* ctx, autograd::variable_list) {
    return {ctx->get_saved_variables()[0], Tensor()};
  }
};

TEST(Backward, FindsOutAGradientOfAnotherTypeAfterManyOfTheRightOne) {
  Tensor x = ones({4}, kFloat).requires_grad_();
  const auto backward_with = [&](const Tensor& gradient) {
    GivesGradient::apply(x.sigmoid(), gradient).sum().backward();
  };
  for (int i = 0; i < 3; ++i) backward_with(ones({4}));
  expect_error(Code::model, "(4,)", [&] { backward_with(ones({3})); });
  expect_error(Code::model, "float64", [&] { backward_with(ones({4}, kDouble)); });
}

TEST(NoGradGuard, KeepsOperationsOutOfTheGraph) {
  Tensor x = leaf({2});
  {
    NoGradGuard guard;
    EXPECT_FALSE((x * 2).requires_grad());
    EXPECT_FALSE(GradMode::is_enabled());
  }
  EXPECT_TRUE((x * 2).requires_grad());
}

TEST(Detach, SharesElementsAndStopsGradients) {
  Tensor x = leaf({2, 3});
  Tensor d = x.detach();
  EXPECT_FALSE(d.requires_grad());
  EXPECT_EQ(d.data_ptr(), x.data_ptr());
  Tensor y = (x * x.detach()).sum();
  y.backward();
  EXPECT_EQ(values(x.grad()), (V{2, 3}));
}

TEST(InPlace, OnALeafThatWantsAGradientIsRefused) {
  Tensor x = leaf({2});
  expect_error(Code::model, "leaf", [&] { x.add_(1); });
  expect_error(Code::model, "leaf", [&] { x[0].add_(1); });
  NoGradGuard guard;
  x.add_(1);
  EXPECT_EQ(values(x), (V{3}));
}

TEST(InPlace, ChangesWhatComesAfterIt) {
  Tensor x = leaf({1, 2});
  Tensor y = x * 2;
  y.mul_(3);
  y.add_(x);
  y.sum().backward();
  EXPECT_EQ(values(x.grad()), (V{7, 7}));
}

TEST(InPlace, OfAValueThatAGradientNeedsIsFoundOut) {
  Tensor x = leaf({1, 2});
  Tensor y = x.sigmoid();
  y.add_(1);
  expect_error(Code::model, "changed in place", [&] { y.sum().backward(); });
  Tensor a = leaf({1, 2}), b = a * 2, c = b * b;
  b.add_(1);
  expect_error(Code::model, "changed in place", [&] { c.sum().backward(); });
}

TEST(InPlace, MultiplicationKeepsWhatItsOwnGradientNeeds) {
  Tensor x = leaf({2, 3}), w = leaf({5, 7});
  Tensor y = x * 1;
  y.mul_(w);
  y.sum().backward();
  EXPECT_EQ(values(x.grad()), (V{5, 7}));
  EXPECT_EQ(values(w.grad()), (V{2, 3}));
}

TEST(InPlace, ThroughAViewReachesTheBase) {
  Tensor x = leaf({1, 2, 3, 4});
  Tensor y = x * 1;
  y.view({2, 2})[1].mul_(10);
  EXPECT_EQ(values(y), (V{1, 2, 30, 40}));
  (y * tensor({1.0, 2.0, 3.0, 4.0}, kDouble)).sum().backward();
  EXPECT_EQ(values(x.grad()), (V{1, 2, 30, 40}));
}

TEST(InPlace, OfAViewIsSeenByOtherViews) {
  Tensor w = leaf({5, 6});
  Tensor base = zeros({4}, kDouble);
  Tensor first = base.slice(0, 0, 2), all = base.view({2, 2});
  first.copy_(w);
  EXPECT_TRUE(base.requires_grad());
  EXPECT_TRUE(all.requires_grad());
  (all * all).sum().backward();
  EXPECT_EQ(values(w.grad()), (V{10, 12}));
}

TEST(InPlace, ThroughAnIndexReachesTheBase) {
  Tensor w = leaf({5, 6}), base = zeros({2, 2}, kDouble);
  base[1].copy_(w);
  EXPECT_TRUE(base.requires_grad());
  (base * base).sum().backward();
  EXPECT_EQ(values(w.grad()), (V{10, 12}));
}

TEST(InPlace, OfExpandedElementsIsRefused) {
  Tensor x = zeros({1, 3}).expand({2, 3});
  expect_error(Code::model, "share memory", [&] { x.add_(1); });
}

TEST(InPlace, MustKeepShapeAndDtype) {
  Tensor x = ones({3});
  expect_error(Code::model, "does not fit", [&] { x.add_(ones({2, 3})); });
  Tensor n = ones({3}, kInt);
  expect_error(Code::model, "does not fit", [&] { n.add_(1.5); });
  expect_error(Code::model, "does not fit", [&] { n.div_(2); });
}

TEST(Graph, IsPrintedOperationByOperation) {
  Tensor a = leaf({1}), b = leaf({2});
  std::ostringstream out;
  ((a + b) * 2).sum().print_graph(out);
  EXPECT_EQ(out.str(), "%0 = sum(%1)\n%1 = mul(%2, -)\n%2 = add(%3, %4)\n%3 = leaf\n%4 = leaf\n");
}

TEST(Threads, EachHaveTheirOwnGradMode) {
  NoGradGuard guard;
  bool other = false;
  std::thread([&] { other = GradMode::is_enabled(); }).join();
  EXPECT_TRUE(other);
}

TEST(Threads, ShareALeaf) {
  Tensor x = ones({64}, kDouble).requires_grad_();
  std::vector<std::thread> all;
  std::vector<double> sums(8);
  for (size_t k = 0; k < sums.size(); ++k) {
    all.emplace_back([&, k] {
      for (int i = 0; i < 200; ++i) sums[k] += ((x * double(k)).sigmoid() * 2).sum().item<double>();
    });
  }
  for (std::thread& t : all) t.join();
  for (size_t k = 0; k < sums.size(); ++k) {
    EXPECT_NEAR(sums[k], 200 * 64 * 2 / (1 + std::exp(-double(k))), 1e-6);
  }
}

}  // namespace
}  // namespace nnrun
