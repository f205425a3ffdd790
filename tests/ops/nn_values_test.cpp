// Values of the neural-network ops where it matters how PyTorch does it: edges, not-a-numbers, the
// order of an update. The numbers are those of PyTorch 2 in float64.
#include <cmath>
#include <limits>

#include "core/ops/functions.h"
#include "tests/support/arrays.h"

namespace nnrun::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

Array f64(const Shape& s, const std::vector<double>& v) { return Array::of<double>(s, v); }
Array i64(const Shape& s, const std::vector<int64_t>& v) { return Array::of<int64_t>(s, v); }

std::vector<Array> run(const std::string& op, const std::vector<Array>& in,
                       const Attrs& attrs = {}) {
  return apply(op, in, attrs, on({"reference"}));
}

void expect_values(const Array& got, const std::vector<double>& want, double relative = 1e-12) {
  ASSERT_EQ(got.numel(), int64_t(want.size()));
  EXPECT_TRUE(close(got, f64(got.shape(), want), {1e-300, relative}));
}

struct CrossEntropy : ::testing::Test {
  const Array logits = f64({4, 3}, {1, 2, 0.5, 0.1, -1, 3, 2, 2, -2, 0, 0, 0});
  const Array weight = f64({3}, {1, 2, 0.5});
};

TEST_F(CrossEntropy, WeighsSmoothsAndIgnoresAsTorch) {
  const Array target = i64({4}, {2, 0, -100, 1});
  const Attrs attrs{{"label_smoothing", 0.2}};
  expect_values(run("cross_entropy", {logits, target, weight}, attrs)[0], {1.7556255577387834});
  const Array gy = Array::scalar(1.0);
  const Array g = run("cross_entropy_grad", {gy, logits, target, weight}, attrs)[0];
  EXPECT_TRUE(
      close(g,
            f64({4, 3}, {0.022792895760198398, 0.07563907300022368, -0.0984319687604221,
                         -0.2324840783146795, -0.033057244461155905, 0.2655413227758354, 0, 0, 0,
                         0.15555555555555556, -0.32063492063492066, 0.16507936507936508}),
            {1e-15, 1e-12}));
}

TEST_F(CrossEntropy, IsNaNWithoutGradientWhenEveryTargetIsIgnored) {
  const Array target = i64({4}, {-100, -100, -100, -100});
  expect_values(run("cross_entropy", {logits, target})[0], {kNaN});
  expect_values(run("cross_entropy_grad", {Array::scalar(1.0), logits, target})[0],
                std::vector<double>(12, 0.0));
}

TEST_F(CrossEntropy, IsNaNWhenATargetIsNotAClass) {
  for (int64_t wrong : {int64_t{3}, int64_t{-1}, std::numeric_limits<int64_t>::max()}) {
    const Array target = i64({4}, {0, wrong, 2, 1});
    expect_values(run("cross_entropy", {logits, target})[0], {kNaN});
    expect_values(run("cross_entropy", {logits, target, weight})[0], {kNaN});
    expect_values(run("nll_loss", {logits, target, weight}, {{"reduction", "sum"}})[0], {kNaN});
  }
}

TEST(MaxPool2d, TakesTheFirstOfEqualsAndTheLastNaN) {
  const Array x =
      f64({1, 1, 4, 4}, {1, 3, 3, kNaN, 3, 0, 2, 1, -kInf, -kInf, 5, kNaN, -kInf, -kInf, kNaN, 5});
  const std::vector<Array> y = run("max_pool2d", {x}, {{"kernel_size", 2}, {"stride", 2}});
  expect_values(y[0], {3, kNaN, -kInf, kNaN});
  expect_values(y[1], {1, 3, 8, 14});
}

TEST(BinaryCrossEntropy, BoundsItsLogarithms) {
  const Array x = f64({5}, {0, 1, 0, 1, 0.3}), y = f64({5}, {0, 1, 1, 0, 0.6});
  expect_values(run("binary_cross_entropy", {x, y}, {{"reduction", "none"}})[0],
                {0, 0, 100, 100, 0.8650536601710546});
}

TEST(BinaryCrossEntropyWithLogits, DoesNotOverflow) {
  const Array x = f64({4}, {0, 1e4, -1e4, 0.3}), y = f64({4}, {1, 0, 1, 0.6});
  expect_values(run("binary_cross_entropy_with_logits", {x, y}, {{"reduction", "none"}})[0],
                {0.6931471805599453, 1e4, 1e4, 0.6743552444685271});
}

TEST(Softmax, KeepsItsSumForLargeNumbers) {
  expect_values(run("softmax", {f64({3}, {1e4, 1e4, -1e4})}, {{"dim", 0}})[0], {0.5, 0.5, 0});
  expect_values(run("log_softmax", {f64({2}, {1e4, -1e4})}, {{"dim", 0}})[0], {0, -2e4});
}

struct Dropout : ::testing::Test {
  const Array x = f64({4}, {1, -2, 3, kNaN}), rng = i64({4}, {1, 2, 3, 4});
  std::vector<Array> dropped(double p) { return run("dropout", {x, rng}, {{"p", p}}); }
};

TEST_F(Dropout, OfNothingIsTheOperand) {
  expect_values(dropped(0)[0], {1, -2, 3, kNaN});
  expect_values(dropped(0)[1], {1, 1, 1, 1});
}

TEST_F(Dropout, OfEverythingIsZeroButShowsNaN) {
  expect_values(dropped(1)[0], {0, 0, 0, kNaN});
  expect_values(dropped(1)[1], {0, 0, 0, 0});
}

TEST_F(Dropout, HasTheSameMaskForEveryDtype) {
  const Array many(DType::float32, {1000});
  const Array mask = run("dropout", {many, rng}, {{"p", 0.3}})[1];
  for (DType t : {DType::float64, DType::bfloat16, DType::float16}) {
    EXPECT_TRUE(same_bits(run("dropout", {many.cast(t), rng}, {{"p", 0.3}})[1], mask));
  }
}

TEST(Embedding, DoesNotTrainItsPaddingRow) {
  Graph g;
  GraphBuilder b(g);
  const Var weight = b.var(g.add_input("weight", {DType::float64, {3, 1}}));
  const Var index = b.constant(i64({4}, {0, 2, 2, 0}));
  const OpDef& op = find_op("embedding");
  const Attrs attrs{{"padding_idx", -1}};
  const Var in[] = {weight, index}, out[] = {b.call("embedding", in, attrs)[0]};
  const Var gy[] = {b.constant(f64({4, 1}, {1, 2, 3, 4}))};
  const bool want[] = {true, false};
  g.outputs["g"] = op.gradient(b, GradCall{attrs, in, out, gy, want})[0].id;
  const auto r = evaluate(g, {{"weight", Array(DType::float64, {3, 1})}}, on({"reference"}));
  expect_values(r.at("g"), {5, 0, 0});
}

const Array kOk = Array::scalar(uint8_t{1}), kNotOk = Array::scalar(uint8_t{0});

TEST(Adam, TakesTwoStepsOfAdamWWithAmsgradAsTorch) {
  const Attrs attrs{{"decoupled", true}, {"weight_decay", 0.5}, {"amsgrad", true}};
  const Array lr = Array::scalar(0.1), zero(DType::float64, {2});
  std::vector<Array> s = run("adam",
                             {f64({2}, {1, -2}), f64({2}, {0.3, -1}), zero, zero, zero, lr,
                              Array::scalar(int64_t{0}), kOk},
                             attrs);
  expect_values(s[0], {0.8500000033333331, -1.800000001}, 1e-14);
  s = run("adam",
          {s[0], f64({2}, {0.1, 0.2}), s[1], s[2], s[3], lr, Array::scalar(int64_t{1}), kOk},
          attrs);
  expect_values(s[0], {0.7203936119905289, -1.6588973939404943}, 1e-14);
  expect_values(s[1], {0.03699999999999999, -0.06999999999999998}, 1e-14);
  expect_values(s[3], {9.991000000000009e-05, 0.001039000000000001}, 1e-14);
}

TEST(Sgd, StartsItsBufferUndampedAsTorch) {
  const Attrs attrs{{"momentum", 0.9}, {"dampening", 0.5}, {"weight_decay", 0.1}};
  const Array lr = Array::scalar(0.1), zero(DType::float64, {2});
  std::vector<Array> s =
      run("sgd", {f64({2}, {1, -2}), f64({2}, {0.3, -1}), zero, lr, Array::scalar(int64_t{0}), kOk},
          attrs);
  expect_values(s[0], {0.96, -1.88}, 1e-14);
  expect_values(s[1], {0.4, -1.2}, 1e-14);
  s = run("sgd", {s[0], f64({2}, {0.1, 0.2}), s[1], lr, Array::scalar(int64_t{1}), kOk}, attrs);
  expect_values(s[0], {0.9141999999999999, -1.7726}, 1e-14);
  expect_values(s[1], {0.4580000000000001, -1.074}, 1e-14);
}

TEST(Updates, ChangeNothingWhenTheStepIsNotOk) {
  const Array p = f64({2}, {1, -2}), bad = f64({2}, {kNaN, kInf}), slot = f64({2}, {0.5, 0.25});
  const Array lr = Array::scalar(0.1), step = Array::scalar(int64_t{3});
  const auto sgd = run("sgd", {p, bad, slot, lr, step, kNotOk}, {{"momentum", 0.9}});
  EXPECT_TRUE(same_bits(sgd[0], p));
  EXPECT_TRUE(same_bits(sgd[1], slot));
  const auto adam = run("adam", {p, bad, slot, slot, Array(), lr, step, kNotOk});
  EXPECT_TRUE(same_bits(adam[0], p));
  EXPECT_TRUE(same_bits(adam[2], slot));
}

}  // namespace
}  // namespace nnrun::test
