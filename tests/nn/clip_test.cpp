// Gradient clipping; the numbers are those of PyTorch 2.
#include "core/nn/clip.h"

#include <limits>

#include "tests/support/arrays.h"

namespace nnrun::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Array f64(const Shape& s, const std::vector<double>& v) { return Array::of<double>(s, v); }

void expect_values(const Array& got, const std::vector<double>& want) {
  ASSERT_EQ(got.numel(), int64_t(want.size()));
  EXPECT_TRUE(close(got, f64(got.shape(), want), {1e-300, 1e-12}));
}

struct Clip : ::testing::Test {
  using Rule = std::vector<Var> (*)(Builder&, std::vector<Var>, double);
  /// Two gradients with an absent one between them.
  std::vector<Array> clipped(Rule rule, double limit, const Array& first, const Array& second) {
    Graph g;
    GraphBuilder b(g);
    const std::vector<Var> out = rule(b, {b.constant(first), Var{}, b.constant(second)}, limit);
    EXPECT_FALSE(out.at(1));
    g.outputs["a"] = out[0].id;
    g.outputs["b"] = out[2].id;
    const auto r = evaluate(g, {}, on({"reference"}));
    return {r.at("a"), r.at("b")};
  }
};

TEST_F(Clip, ScalesAllGradientsByTheirCommonNorm) {
  const auto r = clipped(clip_grad_norm, 2, f64({2}, {3, 4}), f64({1}, {12}));
  expect_values(r[0], {0.46153842603550577, 0.615384568047341});
  expect_values(r[1], {1.846153704142023});
}

TEST_F(Clip, LeavesShortGradientsAsTheyAre) {
  const auto r = clipped(clip_grad_norm, 20, f64({2}, {3, 4}), f64({1}, {12}));
  expect_values(r[0], {3, 4});
  expect_values(r[1], {12});
}

TEST_F(Clip, NormsOfHalfPrecisionDoNotOverflow) {
  const Array half = f64({1}, {1024}).cast(DType::float16);
  const auto r = clipped(clip_grad_norm, 1, half, f64({1}, {0}).cast(DType::float16));
  EXPECT_NEAR(r[0].at(0), 1, 1e-3);
}

TEST_F(Clip, BoundsEachElement) {
  const auto r = clipped(clip_grad_value, 2.5, f64({3}, {3, -4, 1}), f64({1}, {kNaN}));
  expect_values(r[0], {2.5, -2.5, 1});
  expect_values(r[1], {kNaN});
}

}  // namespace
}  // namespace nnrun::test
