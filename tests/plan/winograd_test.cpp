// 3x3 convolutions by tiles, as plans choose them: where they are allowed, and their values.
#include "core/plan/hoist.h"
#include "core/plan/layout.h"
#include "tests/plan/net.h"

namespace nnrun::test {
namespace {

constexpr const char* kPrepared = "winograd-4x4-prepared";

Program planned(const Net& n, bool fast_math) {
  PlanOptions o = on({"onednn", "reference"});
  o.fast_math = fast_math;
  return hoisted(choose_layouts(place(n.graph, o), o));
}
/// How many nodes of that op are done so.
int64_t by(const Program& p, const std::string& op, const std::string& impl) {
  return std::count_if(p.nodes.begin(), p.nodes.end(), [&](const PlannedNode& n) {
    return n.op == op && n.choice.impl.substr(0, impl.size()) == impl;
  });
}
Attrs padded(int64_t rows, int64_t cols) {
  Attrs a = kSame;
  a.set("padding", Ints{rows, cols});
  return a;
}

TEST(Winograd, TilesAtTheEdgesAndAnyPaddingGiveTheValuesOfTheReference) {
  for (const auto& [h, w, rows, cols] :
       {std::tuple{13, 10, 1, 1}, {9, 7, 0, 2}, {4, 4, 1, 1}, {8, 12, 2, 0}, {3, 3, 1, 0}}) {
    SCOPED_TRACE(std::to_string(h) + " x " + std::to_string(w));
    Net n;
    Var x = n.conv(n.input("x", {3, 16, h, w}), "a", 48, padded(rows, cols));
    n.train(n.conv(relu(x), "b", 16, padded(cols, rows)));
    expect_values_of_the_reference(n, 2, 2e-5, true);
  }
}

TEST(Winograd, AllPassesAreDoneByTilesUnderFastMathAlone) {
  Net n;
  Var x = relu(n.conv(n.input("x", {4, 32, 16, 16}), "a", 32));
  n.train(n.conv(x, "b", 64));
  const Program fast = planned(n, true), strict = planned(n, false);
  EXPECT_EQ(by(fast, "conv2d", "winograd"), 2);
  EXPECT_EQ(by(fast, "conv2d_grad_input", "winograd"), 1);
  EXPECT_EQ(by(fast, "conv2d_grad_weight", "winograd"), 2);
  for (const char* op : {"conv2d", "conv2d_grad_input", "conv2d_grad_weight"})
    EXPECT_EQ(by(strict, op, "winograd"), 0);
  expect_values_of_the_reference(n, 2, 5e-5, true);
}

TEST(Winograd, MoreTilesThanAreDoneAtOnce) {
  Net n;
  n.train(n.conv(n.input("x", {1, 64, 58, 54}), "a", 64));
  EXPECT_EQ(by(planned(n, true), "conv2d", "winograd"), 1);
  expect_values_of_the_reference(n, 1, 5e-5, true);
}

TEST(Winograd, MoreWeightsThanAreTransformedAtOnce) {
  Net n;
  Var x = n.conv(n.input("x", {4, 16, 12, 12}), "a", 288);
  n.train(n.conv(x, "b", 304));
  EXPECT_EQ(by(planned(n, true), "conv2d_grad_input", "winograd"), 1);
  expect_values_of_the_reference(n, 1, 5e-5, true);
}

TEST(Winograd, WeightsThatDoNotChangeAreTransformedOnce) {
  Net n;
  const Var x = n.input("x", {2, 128, 20, 20});
  const Var y = relu(n.conv(x, "a", 128));
  n.graph.outputs["y"] = relu(n.conv(y, "b", 128) + y).id;
  const Program p = planned(n, true);
  EXPECT_EQ(by(p, "conv2d", kPrepared) + by(p, "group", kPrepared), 2);
  int64_t transforms = 0;
  for (size_t i = 0; i < p.once; ++i) transforms += p.nodes[i].choice.impl == "winograd-4x4";
  EXPECT_EQ(transforms, 2);
  for (const PlannedStorage& s : p.storages)
    EXPECT_TRUE(s.kind != ValueKind::state || s.layout.find('!') == std::string::npos) << s.name;
  expect_values_of_the_reference(n, 1, 2e-5, true);
}

TEST(Winograd, ASourceThatIsAddedToTheResultIsReadToTheEnd) {
  Net n;
  const Var x = relu(n.input("x", {4, 32, 12, 12}));
  n.graph.outputs["y"] = relu(n.conv(x, "a", 32) + x).id;
  EXPECT_EQ(by(planned(n, true), "conv2d", "winograd"), 1);
  expect_values_of_the_reference(n, 1, 2e-5, true);
}

TEST(Winograd, NotANumberStaysOne) {
  Net n;
  n.graph.outputs["y"] = relu(n.conv(n.input("x", {8, 32, 16, 16}), "a", 32)).id;
  const Program p = planned(n, true);
  EXPECT_EQ(by(p, "conv2d", "winograd") + by(p, "group", "winograd"), 1);
  n.arrays["x"].data<float>()[5] = std::nanf("");
  PlanOptions o = on({"onednn", "reference"});
  o.fast_math = true;
  std::map<std::string, Array> memory = n.copies();
  const auto plan = n.plan(o, memory);
  plan->run();
  EXPECT_TRUE(std::isnan(plan->output("y").at(5)));
}

}  // namespace
}  // namespace nnrun::test
