#include "tests/nn/models.h"

namespace nnrun::test {
namespace {

const AttrValue::Ints kTwoThree = {2, 3};

ModelBuilder cnn() {
  ModelBuilder m({3, 8, 8});
  m.add("Conv2d", {{"in_channels", 3}, {"out_channels", 8}, {"kernel_size", 3}, {"padding", 1}})
      .add("BatchNorm2d", {{"num_features", 8}})
      .add("ReLU")
      .add("MaxPool2d", {{"kernel_size", 2}})
      .add("Flatten")
      .add("Linear", {{"out_features", 10}}, "out");
  return m;
}

ModelBuilder residual() {
  ModelBuilder m({3});
  LayerConfig r = m.layer("Residual");
  r.layers = {m.layer("Linear", {{"out_features", 5}}), m.layer("Tanh"),
              m.layer("Linear", {{"out_features", 4}}, "last")};
  r.shortcut = {m.layer("Linear", {{"out_features", 4}})};
  m.add(r);
  return m;
}

// Names, order and shapes below are those of torch's state_dict of the same Sequential.

TEST(Model, StateOfAConvolutionalNetworkIsThatOfTorch) {
  const Traced t = trace(cnn().spec, 2);
  const std::vector<std::string> want = {
      "0.weight float32[8, 3, 3, 3]",  "0.bias float32[8]",
      "1.weight float32[8]",           "1.bias float32[8]",
      "1.running_mean float32[8]",     "1.running_var float32[8]",
      "1.num_batches_tracked int64[]", "out.weight float32[10, 128]",
      "out.bias float32[10]"};
  EXPECT_EQ(saved(t.state), want);
  EXPECT_EQ(t.graph.type(t.forward.output.id).str(), "float32[2, 10]");
}

TEST(Model, StateOfTheLessCommonLayersIsThatOfTorch) {
  ModelBuilder m({3});
  m.add("Embedding", {{"num_embeddings", 7}, {"embedding_dim", 4}, {"padding_idx", 0}})
      .add("Flatten")
      .add("Linear", {{"out_features", 4}, {"bias", false}})
      .add("LayerNorm", {{"normalized_shape", 4}})
      .add("PReLU", {{"num_parameters", 4}})
      .add("BatchNorm1d", {{"affine", false}})
      .add("Unflatten", {{"dim", 1}, {"unflattened_size", AttrValue::Ints{4, 1, -1}}})
      .add("ConvTranspose2d", {{"out_channels", 6}, {"kernel_size", kTwoThree}, {"groups", 2}})
      .add("Flatten", {{"start_dim", 2}})
      .add("Conv1d", {{"out_channels", 4}, {"kernel_size", 2}, {"bias", false}});
  const Traced t = trace(m.spec, 5);
  const std::vector<std::string> want = {
      "0.weight float32[7, 4]",   "2.weight float32[4, 12]",       "3.weight float32[4]",
      "3.bias float32[4]",        "4.weight float32[4]",           "5.running_mean float32[4]",
      "5.running_var float32[4]", "5.num_batches_tracked int64[]", "7.weight float32[4, 3, 2, 3]",
      "7.bias float32[6]",        "9.weight float32[4, 6, 2]"};
  EXPECT_EQ(saved(t.state), want);
  EXPECT_EQ(t.graph.type(t.forward.output.id).str(), "float32[5, 4, 5]");
}

TEST(Model, ParametersOfContainersAreNamedByTheWayToThem) {
  ModelBuilder m = residual();
  LayerConfig inner = m.layer("Sequential", {}, "head");
  inner.layers = {m.layer("ReLU"), m.layer("Linear", {{"out_features", 1}})};
  m.add(inner);
  const std::vector<std::string> want = {
      "0.layers.0.weight float32[5, 3]",    "0.layers.0.bias float32[5]",
      "0.layers.last.weight float32[4, 5]", "0.layers.last.bias float32[4]",
      "0.shortcut.0.weight float32[4, 3]",  "0.shortcut.0.bias float32[4]",
      "head.1.weight float32[1, 4]",        "head.1.bias float32[1]"};
  EXPECT_EQ(saved(trace(m.spec, 2).state), want);
}

TEST(Model, OnlyParametersAreMarkedAsTrained) {
  const Traced t = trace(cnn().spec, 2);
  int trained = 0;
  for (const Value& v : t.graph.values) trained += v.is_parameter;
  EXPECT_EQ(trained, 6);
  EXPECT_FALSE(t.state.find("1.running_mean")->is_parameter);
}

TEST(Model, ALaterTraceUsesTheStateThereIs) {
  const ModelSpec spec = cnn().spec;
  Traced t = trace(spec, 2);
  const Array before = t.state.find("out.weight")->value;
  Graph g;
  GraphBuilder b(g);
  trace_forward(b, spec, t.state, b.var(g.add_input("input", {DType::float32, {7, 3, 8, 8}})), {});
  EXPECT_EQ(t.state.entries().size(), 9u);
  EXPECT_EQ(t.state.find("out.weight")->value.raw(), before.raw());
}

TEST(Model, StateForShapesAloneIsZero) {
  State state = State::of_types();
  Graph g;
  GraphBuilder b(g);
  trace_forward(b, cnn().spec, state, b.var(g.add_input("input", {DType::float32, {7, 3, 8, 8}})),
                {});
  const Traced drawn = trace(cnn().spec, 7);
  ASSERT_EQ(state.entries().size(), drawn.state.entries().size());
  for (const StateEntry& e : state.entries()) {
    EXPECT_EQ(e.value.shape(), drawn.state.find(e.name)->value.shape()) << e.name;
    for (int64_t i = 0; i < e.value.numel(); ++i) ASSERT_EQ(e.value.at(i), 0) << e.name;
  }
}

TEST(Model, StateOfAnotherShapeIsRefusedWithBothShapes) {
  Traced t = trace(cnn().spec, 2);
  t.state.find("out.weight")->value = Array(DType::float32, {10, 64});
  Graph g;
  GraphBuilder b(g);
  const Var x = b.var(g.add_input("input", {DType::float32, {2, 3, 8, 8}}));
  try {
    trace_forward(b, cnn().spec, t.state, x, {});
    FAIL();
  } catch (const Error& e) {
    EXPECT_TRUE(contains(e.what(), "float32[10, 64]")) << e.what();
    EXPECT_TRUE(contains(e.what(), "float32[10, 128]")) << e.what();
  }
}

TEST(Model, LayerRowsShowInferredSizesShapesAndCounts) {
  const std::vector<LayerRow> rows = trace(cnn().spec, 2).forward.layers;
  ASSERT_EQ(rows.size(), 6u);
  EXPECT_EQ(rows[5].name, "out");
  EXPECT_EQ(rows[5].type, "Linear");
  EXPECT_EQ(rows[5].arguments, "in_features=128*, out_features=10");
  EXPECT_EQ(rows[5].in, Shape({2, 128}));
  EXPECT_EQ(rows[5].out, Shape({2, 10}));
  int64_t total = 0;
  for (const LayerRow& r : rows) total += r.parameters;
  EXPECT_EQ(total, 1530);  // torch: sum(p.numel() for p in m.parameters())
}

TEST(Model, LayerRowsOfContainersComeBeforeWhatTheyHold) {
  const std::vector<LayerRow> rows = trace(residual().spec, 2).forward.layers;
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].name, "0");
  EXPECT_EQ(rows[0].depth, 0);
  EXPECT_EQ(rows[0].parameters, 0);
  EXPECT_EQ(rows[3].name, "0.layers.last");
  EXPECT_EQ(rows[3].depth, 1);
}

TEST(Model, NodesCarryTheNameAndPlaceOfTheirLayer) {
  const Traced t = trace(cnn().spec, 2);
  for (const Node& n : t.graph.nodes) {
    if (n.op == "conv2d") {
      EXPECT_EQ(n.layer, "0");
      EXPECT_EQ(n.where.line, 2);
      return;
    }
  }
  FAIL() << "no conv2d";
}

TEST(Model, EvaluationWritesNoState) { EXPECT_TRUE(trace(cnn().spec, 2).graph.writes.empty()); }

TEST(Model, TrainingWritesTheRunningStatistics) {
  const Traced t = trace(cnn().spec, 2, true);
  std::vector<std::string> written;
  for (const Write& w : t.graph.writes) written.push_back(t.graph.values[w.state].name);
  EXPECT_EQ(written,
            (std::vector<std::string>{"1.running_mean", "1.running_var", "1.num_batches_tracked"}));
}

TEST(Model, ARejectedStepKeepsTheRunningStatistics) {
  const ModelSpec spec = cnn().spec;
  for (uint8_t ok : {0, 1}) {
    Graph g;
    GraphBuilder b(g);
    State state;
    const Var x = b.var(g.add_input("input", {DType::float32, {2, 3, 8, 8}}));
    const Var good = b.var(g.add_input("ok", {DType::uint8, {}}));
    g.outputs["output"] =
        trace_forward(b, spec, state, x, {true, DType::float32, 1, {}, good}).output.id;
    std::map<std::string, Array> arrays = {{"input", cosines({2, 3, 8, 8}).cast(DType::float32)},
                                           {"ok", Array::scalar<uint8_t>(ok)}};
    for (StateEntry& e : state.entries()) arrays[e.name] = e.value;
    evaluate(g, arrays, on({"reference"}));
    EXPECT_EQ(arrays["1.num_batches_tracked"].at(0), ok);
    EXPECT_EQ(arrays["1.running_mean"].at(0) != 0, ok == 1);
  }
}

TEST(Model, SixteenBitModelsKeepTheirParametersInFloat32) {
  const Traced t = trace(cnn().spec, 2, true, DType::bfloat16);
  for (const StateEntry& e : t.state.entries())
    EXPECT_NE(e.value.dtype(), DType::bfloat16) << e.name;
  EXPECT_EQ(t.graph.type(t.forward.output.id).dtype, DType::bfloat16);
}

TEST(Model, StatisticsOfSixteenBitValuesAreFloat32) {
  ModelBuilder m({3, 4});
  m.add("BatchNorm1d").add("LayerNorm", {{"normalized_shape", 4}});
  const Traced t = trace(m.spec, 2, true, DType::bfloat16);
  int norms = 0;
  for (const Node& n : t.graph.nodes) {
    if (n.op != "batch_norm" && n.op != "layer_norm") continue;
    ++norms;
    for (ValueId v : n.in) EXPECT_EQ(t.graph.type(v).dtype, DType::float32) << n.op;
  }
  EXPECT_EQ(norms, 2);
  EXPECT_EQ(t.graph.type(t.forward.output.id).dtype, DType::bfloat16);
}

TEST(Model, EachDropoutDrawsNumbersOfItsOwn) {
  ModelBuilder m({5});
  m.add("Dropout").add("Dropout");
  const Traced t = trace(m.spec, 2, true);
  int dropouts = 0;
  std::set<ValueId> streams;
  for (const Node& n : t.graph.nodes) {
    if (n.op != "dropout") continue;
    ++dropouts;
    streams.insert(n.in[1]);
  }
  EXPECT_EQ(dropouts, 2);
  EXPECT_EQ(streams.size(), 2u);
}

TEST(Model, DropoutOfAnEvaluationIsNothing) {
  ModelBuilder m({5});
  m.add("Dropout");
  EXPECT_TRUE(trace(m.spec, 2).graph.nodes.empty());
}

TEST(Model, InputsNameEarlierLayersOrTheInput) {
  ModelBuilder m({3});
  m.add("Linear", {{"out_features", 4}}, "a")
      .add("Linear", {{"out_features", 4}}, "b", {"input"})
      .add("Concat", {}, "both", {"a", "b", "input"});
  const Traced t = trace(m.spec, 2);
  EXPECT_EQ(t.graph.type(t.forward.output.id).shape, Shape({2, 11}));
}

TEST(Model, AModelThatBeginsWithAnEmbeddingTakesIndices) {
  ModelBuilder m({3});
  m.add("Embedding", {{"num_embeddings", 7}, {"embedding_dim", 4}});
  EXPECT_EQ(input_dtype(m.spec, DType::float32), DType::int64);
  EXPECT_EQ(input_dtype(cnn().spec, DType::float32), DType::float32);
}

}  // namespace
}  // namespace nnrun::test
