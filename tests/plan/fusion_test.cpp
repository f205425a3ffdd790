// Less work for the same values: rewrites of graphs, what is computed once, and groups.
#include "core/plan/claim.h"
#include "core/plan/hoist.h"
#include "core/plan/simplify.h"
#include "tests/plan/net.h"
#include "tests/support/files.h"

namespace nnrun::test {
namespace {

std::vector<std::string> ops(const Graph& g) {
  std::vector<std::string> r;
  for (const Node& n : g.nodes) r.push_back(n.op);
  return r;
}

TEST(Simplify, AReluBeforeAPoolIsAppliedToWhatThePoolLeaves) {
  Net n;
  const Var x = n.input("x", {2, 3, 8, 8});
  n.graph.outputs["y"] = n.pooled(relu(x)).id;
  const Graph g = simplified(n.graph);
  EXPECT_EQ(ops(g), (Ops{"max_pool2d", "relu"}));
  EXPECT_EQ(g.type(g.nodes[1].in[0]).shape, (Shape{2, 3, 4, 4}));
  expect_values_of_the_reference(n, 1, 0);
}

TEST(Simplify, ItsGradientIsTurnedRoundWithIt) {
  Net n;
  const Var x = n.parameter("x", {2, 3, 8, 8});
  n.train(n.pooled(relu(x)));
  const Ops all = ops(simplified(n.graph));
  const auto at = [&](const char* op) {
    return std::find(all.begin(), all.end(), op) - all.begin();
  };
  EXPECT_LT(at("max_pool2d"), at("relu"));
  EXPECT_LT(at("relu_grad"), at("max_pool2d_grad"));
  EXPECT_EQ(all.size(), n.graph.nodes.size());
  expect_values_of_the_reference(n, 2, 0);
}

TEST(Simplify, AReluThatSomebodyElseReadsStaysWhereItIs) {
  Net n;
  const Var x = n.input("x", {2, 3, 8, 8}), y = relu(x);
  n.graph.outputs["y"] = y.id;
  n.graph.outputs["p"] = n.pooled(y).id;
  EXPECT_EQ(ops(simplified(n.graph)), (Ops{"relu", "max_pool2d"}));
}

/// y = relu(batch_norm(conv(x)) [+ x])
struct Block : Net {
  explicit Block(bool residual, int64_t channels = 16, bool bias = true) {
    const Var x = input("x", {2, channels, 10, 10});
    Var y;
    if (bias) {
      y = conv(x, "w", channels);
    } else {
      y = b.call1("conv2d", {x, parameter("w", {channels, channels, 3, 3})}, kSame);
    }
    const Var weight = vector("weight", 0.5, 2), shift = vector("bias", -1, 1);
    const Var mean = vector("mean", -1, 1), var = vector("var", 0.5, 2);
    y = b.call1("batch_norm_inference", {y, weight, shift, mean, var}, {{"eps", 1e-5}});
    if (residual) y = y + x;
    graph.outputs["y"] = relu(y).id;
  }
  Var vector(const std::string& name, double low, double high) {
    const int64_t channels = graph.values[0].type.shape[1];
    arrays[name] = draw({{channels}, low, high}, DType::float32, {}, random);
    return b.var(graph.add_state(name, {DType::float32, {channels}}, false));
  }
};

TEST(Simplify, ABatchNormOfAConvolutionIsInItsWeights) {
  for (const bool bias : {true, false}) {
    for (const int64_t channels : {16, 6}) {
      Block n(false, channels, bias);
      EXPECT_EQ(simplified(n.graph).nodes.back().op, "relu");
      for (const Node& node : simplified(n.graph).nodes) EXPECT_NE(node.op, "batch_norm_inference");
      expect_values_of_the_reference(n);
    }
  }
}

TEST(Simplify, ABatchNormOfAConvolutionIn16BitsIsInItsWeights) {
  Net n;
  const Var x = cast(n.input("x", {3, 16, 9, 8}), DType::bfloat16);
  const Var w = cast(n.parameter("w", {24, 16, 3, 3}), DType::bfloat16);
  const Var y = cast(n.b.call1("conv2d", {x, w}, kSame), DType::float32);
  const auto vector = [&](const char* name, double low) {
    n.arrays[name] = draw({{24}, low, 2}, DType::float32, {}, n.random);
    return n.b.var(n.graph.add_state(name, {DType::float32, {24}}, false));
  };
  const Var weight = vector("weight", 0.5), bias = vector("bias", -1);
  const Var mean = vector("mean", -1), var = vector("var", 0.5);
  n.graph.outputs["y"] =
      n.b.call1("batch_norm_inference", {y, weight, bias, mean, var}, {{"eps", 1e-5}}).id;
  for (const Node& node : simplified(n.graph).nodes) EXPECT_NE(node.op, "batch_norm_inference");
  expect_values_of_the_reference(n, 1, 1.0 / 64);
}

TEST(Simplify, WhatIsWidenedAndNarrowedAgainIsLeftAsItIs) {
  Net n;
  const Var x = cast(n.input("x", {3, 5}), DType::bfloat16);
  const Var wide = cast(x, DType::float32);
  n.graph.outputs["y"] = relu(cast(wide, DType::bfloat16)).id;
  n.graph.outputs["other dtype"] = cast(wide, DType::float16).id;
  n.graph.outputs["rounded"] = cast(cast(n.input("z", {4}), DType::bfloat16), DType::float32).id;
  int casts = 0;
  for (const Node& node : simplified(n.graph).nodes) casts += node.op == "cast";
  EXPECT_EQ(casts, 5);  // all but the one back to bfloat16
  expect_values_of_the_reference(n, 1, 0);
}

TEST(Hoist, WhatDependsOnStateAloneIsComputedWhenStateIsTaken) {
  Block n(false);
  auto memory = n.copies();
  const auto plan = n.plan(on({"onednn"}), memory);
  EXPECT_GE(plan->program().once, 3u);
  for (size_t i = 0; i < plan->launches(); ++i) EXPECT_NE(plan->node_of(i)->op, "mul");
  plan->run();
  const Array before = plan->output("y").clone();
  for (int64_t i = 0; i < memory.at("bias").numel(); ++i) memory.at("bias").data<float>()[i] += 1;
  plan->run();
  expect_near(plan->output("y"), before, 0, "the same state");
  plan->export_state();
  plan->run();
  const auto fresh = n.plan(on({"onednn"}), memory);
  fresh->run();
  expect_near(plan->output("y"), fresh->output("y"), 0, "the changed state");
}

TEST(Hoist, ProgramsThatTrainComputeEverythingInEachStep) {
  Net n;
  const Var lr = n.parameter("lr", {1});
  n.train(n.conv(n.input("x", {2, 8, 6, 6}), "w", 8) * (lr * 2));
  const PlanOptions o = on({"onednn"});
  for (const bool once : computed_once(place(n.graph, o))) EXPECT_FALSE(once);
}

TEST(Group, AConvolutionAndWhatFollowsAreOneKernel) {
  for (const char* op : {"relu", "sigmoid", "tanh"}) {
    for (const int64_t channels : {16, 6}) {
      Net n;
      Var x = n.conv(n.input("x", {2, 16, 12, 12}), "a", channels);
      x = n.b.call1(op, {x});
      n.graph.outputs["y"] = n.conv(x, "b", 8).id;
      auto memory = n.copies();
      EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{std::string("conv2d+") + op});
      expect_values_of_the_reference(n);
    }
  }
}

TEST(Group, AConvolutionIn16BitsTakesInASumAndRelu) {
  Net n;
  const auto half = [&](const Var& v) { return cast(v, DType::bfloat16); };
  const Var x = half(n.input("x", {2, 64, 9, 8})), w = half(n.parameter("w", {64, 64, 3, 3}));
  const Var y = n.b.call1("conv2d", {x, w}, kSame);
  n.graph.outputs["y"] = relu(n.b.call1("conv2d", {relu(y + x), w}, kSame)).id;
  auto memory = n.copies();
  EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), (Ops{"conv2d+add+relu", "conv2d+relu"}));
  expect_values_of_the_reference(n, 1, 1.0 / 64);
}

TEST(Group, AResidualIsAddedWhereTheResultLies) {
  for (const int64_t channels : {16, 6}) {
    Block n(true, channels);
    auto memory = n.copies();
    if (channels == 16) {
      EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{"conv2d+add+relu"});
    }
    expect_values_of_the_reference(n);
  }
}

TEST(Group, AResultThatIsReadInBetweenEndsIt) {
  Net n;
  const Var x = n.conv(n.input("x", {2, 16, 12, 12}), "a", 16);
  n.graph.outputs["x"] = x.id;
  n.graph.outputs["y"] = relu(x).id;
  auto memory = n.copies();
  EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{});
  expect_values_of_the_reference(n);
}

TEST(Group, TrainsToTheSameWeights) {
  Net n;
  Var x = relu(n.conv(n.input("x", {3, 3, 12, 12}), "a", 20));
  x = n.pooled(relu(n.conv(x, "b", 16) + n.conv(x, "c", 16)));
  n.train(n.b.call1("tanh", {n.conv(x, "d", 6)}));
  expect_values_of_the_reference(n, 3);
}

TEST(Chain, ElementwiseOpsOverOneShapeAreOneKernel) {
  Net n;
  const Var x = n.input("x", {37, 1001}), y = n.input("y", {37, 1001});
  const Var s = n.b.call1("sigmoid", {x}) * 3.0, t = s + y;
  const Var large = gt(t, 1.0), d = cast(t, DType::float64) * 0.5;
  n.graph.outputs["both"] = where(large, t, s).id;
  n.graph.outputs["double"] = d.id;
  n.graph.outputs["s"] = s.id;
  auto memory = n.copies();
  EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{"sigmoid+mul+add+gt+cast+mul+where"});
  expect_values_of_the_reference(n);
}

/// Rows of a data set of bytes, in [-1.5, 126), as a step takes its batch.
Var picked(Net& n, const std::vector<int64_t>& rows) {
  n.arrays["data"] = draw({Shape{50, 7, 11}, 0, 255}, DType::uint8, {}, n.random);
  n.arrays["rows"] = Array::of<int64_t>({int64_t(rows.size())}, rows);
  const Var data = n.b.var(n.graph.add_input("data", {DType::uint8, {50, 7, 11}}));
  const Var at = n.b.var(n.graph.add_input("rows", {DType::int64, {int64_t(rows.size())}}));
  const Var x = n.b.call1("index_select", {data, at}, {{"dim", 0}});
  return (cast(x, DType::float32) - 3.0) * 0.5;
}

TEST(Chain, PicksTheRowsThatItIsOf) {
  Net n;
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < 601; ++i) rows.push_back(i * 37 % 50);  // more than a thread takes
  n.graph.outputs["y"] = picked(n, rows).id;
  auto memory = n.copies();
  EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{"index_select+cast+sub+mul"});
  expect_values_of_the_reference(n);
}

TEST(Chain, RefusesARowThatIsNotThere) {
  for (const int64_t row : {int64_t{-1}, int64_t{50}}) {
    Net n;
    n.graph.outputs["y"] = picked(n, {0, row, 49}).id;
    auto memory = n.copies();
    const auto plan = n.plan(on({"onednn"}), memory);
    expect_error(Code::backend, "out of range", [&] { plan->run(); });
  }
}

TEST(Chain, RowsThatSomebodyElseReadsAreThereForBoth) {
  Net n;
  n.arrays["data"] = n.drawn({DType::float32, {30, 40}});
  n.arrays["rows"] = Array::of<int64_t>({3}, {29, 0, 7});
  const Var data = n.b.var(n.graph.add_input("data", {DType::float32, {30, 40}}));
  const Var at = n.b.var(n.graph.add_input("rows", {DType::int64, {3}}));
  const Var x = n.b.call1("index_select", {data, at}, {{"dim", 0}});
  n.graph.outputs["x"] = x.id;
  n.graph.outputs["y"] = (sum(x) + n.b.call1("tanh", {x}) * 2.0).id;
  expect_values_of_the_reference(n);
}

TEST(Chain, AFormulaTakesPart) {
  Net n;
  const Var x = n.input("x", {5000}), y = n.b.call1("elu", {x * 2.0}, {{"alpha", 1.5}});
  n.graph.outputs["y"] = (y + x).id;
  auto memory = n.copies();
  EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)), Ops{"mul+formula+add"});
  expect_values_of_the_reference(n);
}

TEST(Chain, NothingWaitsForItThatItWaitsFor) {
  Net n;
  const Var x = n.input("x", {8, 8}), a = n.b.call1("tanh", {x}), b = a * 2.0;
  const Var c = matmul(b, b);  // reads the chain, and is read by what would be its end
  n.graph.outputs["y"] = (n.b.call1("tanh", {c + a}) * b).id;
  auto memory = n.copies();
  EXPECT_EQ(groups(*n.plan(on({"onednn"}), memory)).size(), 2u);
  expect_values_of_the_reference(n);
}

TEST(Chain, PaddingOfALayoutStaysZero) {
  Net n;
  Var x = n.conv(n.input("x", {2, 16, 12, 12}), "a", 20), y = n.conv(x, "b", 20);
  y = n.b.call1("sigmoid", {x}) * y * y + x;  // sigmoid(0) is not 0
  n.train(n.conv(y, "c", 12));
  expect_values_of_the_reference(n, 2);
}

}  // namespace
}  // namespace nnrun::test
