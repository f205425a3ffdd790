#include "core/ops/functions.h"
#include "tests/support/arrays.h"

// Who runs what. The oneDNN backend has no pooling of 16-bit floats, and several products.
namespace nnrun::test {
namespace {

/// One op on inputs of these types, placed.
Program placed(const std::string& op, const std::vector<Type>& in, const Attrs& attrs,
               const PlanOptions& options) {
  Graph g;
  GraphBuilder b(g);
  std::vector<Var> vars;
  for (size_t i = 0; i < in.size(); ++i) {
    vars.push_back(b.var(g.add_input("x" + std::to_string(i), in[i])));
  }
  b.layer = "one";
  g.outputs["y"] = b.call(op, vars, attrs).at(0).id;
  return place(g, options);
}

/// "backend:op" of each node.
std::vector<std::string> nodes(const Program& p, const PlanOptions& o) {
  std::vector<std::string> r;
  for (const PlannedNode& n : p.nodes) r.push_back(backend_of(n.choice, o) + ":" + n.op);
  return r;
}

using Names = std::vector<std::string>;
const Attrs kWindow = {{"kernel_size", Ints{2, 2}}, {"stride", Ints{2, 2}}};

TEST(Place, AnOpThatTheFirstBackendHasOnlyInFloat32RunsThereBetweenCasts) {
  const PlanOptions o = on({"onednn", "reference"});
  for (DType t : {DType::bfloat16, DType::float16}) {
    const Program p = placed("avg_pool2d", {{t, {2, 3, 8, 8}}}, kWindow, o);
    EXPECT_EQ(nodes(p, o), (Names{"onednn:cast", "onednn:avg_pool2d", "onednn:cast"}));
    EXPECT_EQ(p.storages[p.outputs.at("y").storage].type, (Type{t, {2, 3, 4, 4}}));
    EXPECT_EQ(p.nodes[0].layer, "one");
    EXPECT_TRUE(p.fallbacks.empty());
  }
}

TEST(Place, WhatIsNotAFloatStaysWhatItIsBetweenCasts) {
  const PlanOptions o = on({"onednn", "reference"});
  const Program p =
      placed("max_pool2d_grad", {{DType::bfloat16, {2, 3, 4, 4}}, {DType::int32, {2, 3, 4, 4}}},
             {{"input_size", Ints{8, 8}}}, o);
  EXPECT_EQ(nodes(p, o), (Names{"onednn:cast", "onednn:max_pool2d_grad", "onednn:cast"}));
}

TEST(Place, AnOpWithA16BitKernelOfItsOwnIsNotCast) {
  const PlanOptions o = on({"onednn", "reference"});
  EXPECT_EQ(nodes(placed("relu", {{DType::bfloat16, {4}}}, {}, o), o), Names{"onednn:relu"});
}

TEST(Place, AnOpThatNoKernelOfTheFirstBackendDoesIsComposedWithoutCasts) {
  const PlanOptions o = on({"onednn", "reference"});
  EXPECT_EQ(nodes(placed("gelu", {{DType::bfloat16, {4}}}, {}, o), o), Names{"onednn:formula"});
}

TEST(Place, Float64WithoutAKernelGoesToTheNextBackendAndSaysSo) {
  const PlanOptions o = on({"onednn", "reference"});
  const Program p = placed("avg_pool2d", {{DType::float64, {2, 3, 8, 8}}}, kWindow, o);
  EXPECT_EQ(nodes(p, o), Names{"reference:avg_pool2d"});
  EXPECT_EQ(p.fallbacks.size(), 1u);
}

const std::vector<Type> kLinear = {{DType::float32, {4, 2}}, {DType::float32, {8, 2}}};

TEST(Place, AStoredImplementationIsTakenThoughAnotherIsEstimatedFaster) {
  PlanOptions o = on({"onednn", "reference"});
  const Program first = placed("linear", kLinear, {}, o);
  ASSERT_EQ(first.nodes[0].choice.impl, "small");
  EXPECT_EQ(first.nodes[0].operands, "float32[4, 2], float32[8, 2] -> float32[4, 8]");
  o.stored[{"linear", "one", first.nodes[0].operands}] = {"onednn", "thin"};
  const Program again = placed("linear", kLinear, {}, o);
  EXPECT_EQ(again.nodes[0].choice.impl, "thin");
  EXPECT_TRUE(again.fallbacks.empty());
}

TEST(Place, AStoredImplementationThatIsNotOfferedIsSaid) {
  PlanOptions o = on({"onednn", "reference"});
  const std::string operands = placed("linear", kLinear, {}, o).nodes[0].operands;
  o.stored[{"linear", "one", operands}] = {"onednn", "former"};
  const Program p = placed("linear", kLinear, {}, o);
  EXPECT_EQ(p.nodes[0].choice.impl, "small");
  ASSERT_EQ(p.fallbacks.size(), 1u);
  EXPECT_EQ(p.fallbacks[0].backend, "onednn:small");
  EXPECT_EQ(p.fallbacks[0].reason, "in this run it was onednn:former");
}

TEST(Place, AStoredChoiceHoldsForItsLayerAndOperandsAlone) {
  PlanOptions o = on({"onednn", "reference"});
  const std::string operands = placed("linear", kLinear, {}, o).nodes[0].operands;
  o.stored[{"linear", "two", operands}] = {"onednn", "thin"};
  o.stored[{"linear", "one", "float32[5, 2], float32[8, 2] -> float32[5, 8]"}] = {"onednn", "thin"};
  EXPECT_EQ(placed("linear", kLinear, {}, o).nodes[0].choice.impl, "small");
}

}  // namespace
}  // namespace nnrun::test
