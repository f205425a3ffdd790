// Plug-ins by the C++ SDK, as core sees them.
#include "core/ops/functions.h"
#include "core/ops/op.h"
#include "core/plugin/builder_facade.h"
#include "tests/plugin/support.h"

namespace nnrun::test {
namespace {

class Sdk : public testing::Test {
 protected:
  Sdk() : b(g) {
    load(kPlugins + "sdk_example.so");
    load("step");
  }
  Var input(const std::string& name, const Shape& shape) {
    return b.var(g.add_input(name, Type{DType::float32, shape}));
  }
  /// The gradient rule of an op, applied.
  std::vector<Var> gradient(const std::string& op, std::vector<Var> in, const Attrs& attrs) {
    const OpDef& def = find_op(op);
    const Attrs full = complete(def.attrs, attrs, op);
    const std::vector<Var> out = b.call(op, in, full);
    const std::vector<Var> gout = {input("gy", out[0].shape())};
    const std::unique_ptr<bool[]> want(new bool[in.size()]);
    std::fill_n(want.get(), in.size(), true);
    return def.gradient(b, GradCall{full, in, out, gout, {want.get(), in.size()}});
  }
  int count(const std::string& op) const {
    int n = 0;
    for (const Node& node : g.nodes) n += node.op == op;
    return n;
  }
  Graph g;
  GraphBuilder b;
};

TEST_F(Sdk, OpInfersByItsClass) {
  const Var x = input("x", {2}), y = input("y", {3});
  EXPECT_EQ(b.call("example.outer", std::vector<Var>{x, y}, {})[0].shape(), (Shape{2, 3}));
  EXPECT_EQ(b.call("example.outer", std::vector<Var>{x, y}, {{"swap", true}})[0].shape(),
            (Shape{3, 2}));
}

TEST_F(Sdk, OpSaysWhenItsOperandsDoNotFit) {
  const Var x = input("x", {2, 2});
  EXPECT_SAYS(refusal(Code::model,
                      [&] {
                        b.call1("example.outer", {x, x});
                      }),
              "[example.outer] takes two vectors");
}

TEST_F(Sdk, AttributesAreCheckedAgainstTheDeclarations) {
  const Var x = input("x", {2});
  EXPECT_SAYS(refusal(Code::model,
                      [&] {
                        b.call1("example.outer", {x, x}, {{"scale", 11.0}});
                      }),
              "expected between -10 and 10");
  EXPECT_SAYS(refusal(Code::model,
                      [&] {
                        b.call1("example.outer", {x, x}, {{"scal", 1.0}});
                      }),
              "scale");
}

TEST_F(Sdk, CompositionAddsOrdinaryOps) {
  const Var x = input("x", {2}), y = input("y", {3});
  const OpDef& def = find_op("example.outer");
  const std::vector<Var> in = {x, y};
  const std::vector<Var> z = def.compose(b, complete(def.attrs, {{"scale", 2.0}}, "t"), in);
  EXPECT_EQ(z.at(0).shape(), (Shape{2, 3}));
  EXPECT_EQ(count("mul"), 2);
  EXPECT_EQ(count("reshape"), 2);
}

TEST_F(Sdk, GradientsOfAllInputsComeBack) {
  const Var x = input("x", {2}), y = input("y", {3});
  const std::vector<Var> gin = gradient("example.outer", {x, y}, {{"swap", true}});
  ASSERT_EQ(gin.size(), 2u);
  EXPECT_EQ(gin[0].shape(), (Shape{2}));
  EXPECT_EQ(gin[1].shape(), (Shape{3}));
}

TEST_F(Sdk, RefusalOfTheBuilderReachesTheUserAsItWas) {
  const OpDef& def = find_op("example.misfit");
  const std::vector<Var> in = {input("x", {2, 3})};
  EXPECT_SAYS(refusal(Code::model, [&] { def.compose(b, {}, in); }), "[matmul]");
}

TEST_F(Sdk, CompositionOfAnotherTypeThanInferredIsAnError) {
  const OpDef& def = find_op("example.liar");
  const std::vector<Var> in = {input("x", {2})};
  const std::string text = refusal(Code::backend, [&] { def.compose(b, {}, in); });
  EXPECT_SAYS(text, "float32[2]");
  EXPECT_SAYS(text, "float32[7]");
}

TEST_F(Sdk, LoopRunsOnRowMajorTensors) {
  const nnr_op* op = find_op("example.cube").plugin;
  ASSERT_NE(op, nullptr);
  EXPECT_EQ(op->call_dtypes, uint64_t(NNR_F32 | NNR_F64));
  double x[3] = {-2, 0.5, 3}, y[3] = {};
  int64_t shape[1] = {3}, stride[1] = {1};
  const DLTensor in = {x, {kDLCPU, 0}, 1, {kDLFloat, 64, 1}, shape, stride, 0};
  DLTensor out = in;
  out.data = y;
  const DLTensor* ins[] = {&in};
  DLTensor* outs[] = {&out};
  const OpDesc d("example.cube", 1, {}, {Type{DType::float64, {3}}}, {Type{DType::float64, {3}}});
  EXPECT_EQ(op->call(d.get(), ins, outs, nullptr), NNR_OK);
  EXPECT_EQ(std::vector<double>(y, y + 3), (std::vector<double>{-8, 0.125, 27}));
}

TEST_F(Sdk, ScalarIsAFormulaWithItsAttributes) {
  const OpDef& def = find_op("example.swish");
  const std::vector<Var> in = {input("x", {4})};
  def.compose(b, complete(def.attrs, {{"beta", 2.5}}, "t"), in);
  ASSERT_EQ(count("formula"), 1);
  EXPECT_EQ(g.nodes.back().attrs.text("expr"), "x0 * sigmoid(a0*x0)");
  EXPECT_EQ(g.nodes.back().attrs.numbers("a"), std::vector<double>{2.5});
}

TEST_F(Sdk, GivenDerivativesOfAScalarAreItsGradient) {
  const std::vector<Var> gin = gradient("example.gate", {input("x", {3}), input("y", {})}, {});
  EXPECT_EQ(gin.at(0).shape(), (Shape{3}));
  EXPECT_EQ(gin.at(1).shape(), (Shape{}));
  EXPECT_EQ(count("formula"), 2);
}

/// Records what a layer asks for.
struct Hooks : LayerHooks {
  Builder& b;
  Graph& g;
  std::vector<std::string> log;
  Hooks(GraphBuilder& builder) : b(builder), g(builder.graph) {}
  Var param(const std::string& n, const Type& t, const nnr_init& i) override {
    log.push_back("param " + n + " " + t.str() + " " + std::to_string(int(i.a)));
    return Var{&b, g.add_state(n, t, true)};
  }
  Var buffer(const std::string& n, const Type& t, const nnr_init&, bool persistent) override {
    log.push_back("buffer " + n + " " + t.str() + (persistent ? " kept" : ""));
    return Var{&b, g.add_state(n, t, false)};
  }
  void assign(Var buffer, Var value) override {
    log.push_back("assign " + g.values[buffer.id].name + " " + value.type().str());
  }
  std::vector<Var> layer(const std::string&, const std::string&, const Attrs&,
                         const std::vector<Var>&) override {
    throw Error(Code::model, "no layers here");
  }
  Var rng(const std::string&) override { return {}; }
  Var step() override { return {}; }
};

TEST_F(Sdk, LayerDeclaresParametersAndBuffers) {
  const nnr_layer* layer = plugin_layers().at("example.Scale").layer;
  Hooks hooks(b);
  BuilderFacade facade(b, "layer", &hooks, true);
  const nnr_attr attr = {sdk::str("start"), NNR_FLOAT, 0, 1, nullptr};
  nnr_attr given = attr;
  const double start = 3;
  given.data = &start;
  const uint32_t in = facade.id(input("x", {5, 4}));
  uint32_t out = NNR_NONE;
  facade.call([&](nnr_err* e) { return layer->build(&given, 1, facade.get(), &in, 1, &out, e); });
  EXPECT_EQ(facade.var(out).shape(), (Shape{5, 4}));
  EXPECT_EQ(hooks.log,
            (std::vector<std::string>{"param weight float32[4] 3", "buffer calls float32[] kept",
                                      "assign calls float32[]"}));
}

TEST_F(Sdk, ValueThatTheFacadeDidNotGiveIsRefused) {
  BuilderFacade facade(b, "op 'v.x'");
  const uint32_t in = 12345;
  uint32_t out = 0;
  const std::string text = refusal(Code::backend, [&] {
    facade.call([&](nnr_err* e) {
      return facade.get()->emit(facade.get()->ctx, sdk::str("relu"), 1, &in, 1, nullptr, 0, &out, 1,
                                e);
    });
  });
  EXPECT_SAYS(text, "there is no value 12345");
}

TEST_F(Sdk, StepIsLowAtZeroByItsComposition) {
  const OpDef& def = find_op("nnrun.step");
  EXPECT_TRUE(def.has(kSurrogate));
  const std::vector<Var> in = {input("x", {3})};
  def.compose(b, complete(def.attrs, {{"low", -1.0}}, "t"), in);
  EXPECT_EQ(count("gt"), 1);
  EXPECT_EQ(count("where"), 1);
}

TEST_F(Sdk, StepHasFourSurrogates) {
  for (const char* s : {"none", "straight_through", "sigmoid", "fast_sigmoid"}) {
    const std::vector<Var> gin = gradient("nnrun.step", {input("x", {3})}, {{"surrogate", s}});
    EXPECT_EQ(gin.at(0).shape(), (Shape{3})) << s;
  }
  const Var x = input("x", {3});
  EXPECT_SAYS(refusal(Code::model,
                      [&] {
                        b.call1("nnrun.step", {x}, {{"surrogate", "fast"}});
                      }),
              "fast_sigmoid");
}

}  // namespace
}  // namespace nnrun::test
