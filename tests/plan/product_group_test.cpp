// Products and what follows on them as one kernel (backends/onednn/epilogue.h).
#include "tests/plan/net.h"

namespace nnrun::test {
namespace {

Var linear(Net& n, Var x, const std::string& name, int64_t out) {
  return n.b.call1(
      "linear", {x, n.parameter(name, {out, x.shape().back()}), n.parameter(name + ".b", {out})});
}

/// On both sides of where small loops, thin ones, oneDNN and blocks begin.
constexpr int64_t kRows[] = {1, 3, 40, 150};

TEST(ProductGroup, AnActivationIsPartOfTheProduct) {
  const std::pair<const char*, const char*> activations[] = {
      {"relu", "relu"}, {"sigmoid", "sigmoid"}, {"tanh", "tanh"}, {"gelu", "formula"}};
  for (const auto& [op, node] : activations) {
    for (const int64_t rows : kRows) {
      Net n;
      const Var x = n.input("x", {rows, 450});
      n.graph.outputs["y"] = n.b.call1(op, {linear(n, x, "a", 131)}).id;
      auto memory = n.copies();
      const auto plan = n.plan(on({"onednn"}), memory);
      // Of 3 rows, oneDNN's product is the fastest, and takes no formula.
      if (rows != 3 || node != std::string("formula")) {
        EXPECT_EQ(groups(*plan), Ops{std::string("linear+") + node}) << rows;
      }
      expect_values_of_the_reference(n);
    }
  }
}

TEST(ProductGroup, SeveralOpsAndOtherOperandsFollow) {
  for (const int64_t rows :
       {1, 40, 150}) {  // of 3, oneDNN's product is the fastest, and takes less
    Net n;
    const Var x = n.input("x", {rows, 64}), r = n.input("r", {rows, 640});
    Var y = matmul(x, n.parameter("w", {64, 640})) + n.parameter("bias", {640});
    y = relu(n.b.call1("tanh", {y * 3.0}) - r);
    n.graph.outputs["y"] = y.id;
    auto memory = n.copies();
    EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{"matmul+add+mul+tanh+sub+relu"});
    expect_values_of_the_reference(n);
  }
}

TEST(ProductGroup, WhatIsMultipliedMayBeAddedToo) {
  for (const int64_t rows : kRows) {
    Net n;
    const Var x = n.b.call1("exp", {n.input("x", {rows, 128})});
    n.graph.outputs["y"] = relu(linear(n, x, "a", 128) + x).id;
    expect_values_of_the_reference(n);
  }
}

TEST(ProductGroup, OfRowsInSeveralDimensions) {
  Net n;
  n.graph.outputs["y"] = relu(linear(n, n.input("x", {3, 7, 90}), "a", 70)).id;
  auto memory = n.copies();
  EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{"linear+relu"});
  expect_values_of_the_reference(n);
}

TEST(ProductGroup, TheGradientOfAnActivationAndOfABiasFollowOnTheProductBehind) {
  for (const char* op : {"relu", "sigmoid", "tanh"}) {
    for (const int64_t rows : kRows) {
      Net n;
      const Var hidden = n.b.call1(op, {linear(n, n.input("x", {rows, 60}), "a", 300)});
      n.train(linear(n, hidden, "b", 33));
      auto memory = n.copies();
      const Ops all = groups(*n.plan(on({"onednn"}), memory));
      const std::string want = std::string("matmul+") + op + "_grad+sum";
      EXPECT_EQ(std::count(all.begin(), all.end(), want), 1) << want;
      expect_values_of_the_reference(n, 3);
    }
  }
}

/// Whether oneDNN multiplies somewhere: bits of its products may depend on the threads.
bool by_onednn(const Plan& plan) {
  const auto& nodes = plan.program().nodes;
  return std::any_of(nodes.begin(), nodes.end(), [](const PlannedNode& n) {
    return n.choice.impl.substr(0, 6) == "onednn" || n.choice.impl.substr(0, 6) == "packed";
  });
}

TEST(ProductGroup, BitsDependOnNoThreads) {
  const auto result = [](bool packed, int threads) {
    Net n;
    const Var x = n.input("x", {300, 200}), r = n.input("r", {300, 500});
    const Var w = packed ? n.parameter("a", {500, 200}) : n.input("a", {500, 200});
    // A product by a number is in no oneDNN kernel, but for packed ones.
    const Var y = n.b.call1("linear", {x, w, n.parameter("b", {500})}) * 3.0;
    n.graph.outputs["y"] = relu(n.b.call1("tanh", {y}) - r).id;
    auto memory = n.copies();
    const auto plan = n.plan(on({"onednn"}, threads), memory);
    EXPECT_EQ(groups(*plan), Ops{"linear+mul+tanh+sub+relu"});
    if (!packed) EXPECT_FALSE(by_onednn(*plan));
    plan->run();
    return plan->output("y").clone();
  };
  for (const bool packed : {false, true}) {
    const Array two = result(packed, 2);
    for (const int threads : {1, 3, 5}) expect_near(result(packed, threads), two, 0, "y");
  }
}

TEST(ProductGroup, BitsOfGradientsDependOnNoThreads) {
  bool ours = true;
  const auto result = [&](int threads) {
    Net n;
    const Var hidden = relu(linear(n, n.input("x", {300, 200}), "a", 500));
    n.train(n.b.call1("tanh", {linear(n, hidden, "b", 400)}));
    auto memory = n.copies();
    const auto plan = n.plan(on({"onednn"}, threads), memory);
    ours = ours && !by_onednn(*plan);
    for (int i = 0; i < 3; ++i) plan->run();
    plan->export_state();
    return std::pair(memory.at("a").clone(), memory.at("a.b").clone());
  };
  const auto [one, bias] = result(2);
  for (const int threads : {3, 5}) {
    const auto [other, other_bias] = result(threads);
    if (!ours) GTEST_SKIP() << "oneDNN's products are the fastest on this CPU";
    expect_near(other, one, 0, "weights");
    expect_near(other_bias, bias, 0, "biases");
  }
}

TEST(ProductGroup, NotANumberStaysOne) {
  for (const char* op : {"relu", "sigmoid", "tanh"}) {
    for (const int64_t rows : kRows) {
      Net n;
      n.graph.outputs["y"] = n.b.call1(op, {linear(n, n.input("x", {rows, 450}), "a", 131)}).id;
      n.arrays["x"].data<float>()[7] = std::nanf("");
      auto memory = n.copies();
      const auto plan = n.plan(on({"onednn"}), memory);
      plan->run();
      EXPECT_TRUE(std::isnan(plan->output("y").at(5))) << op << " of " << rows;
    }
  }
}

}  // namespace
}  // namespace nnrun::test
