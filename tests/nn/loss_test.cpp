#include "core/nn/loss.h"

#include "tests/nn/models.h"

namespace nnrun::test {
namespace {

double loss_of(const std::string& name, const Attrs& attrs, const Array& prediction,
               const Array& target) {
  const LossDef& d = find_loss(name);
  Graph g;
  GraphBuilder b(g);
  const Var p = b.var(g.add_input("p", {prediction.dtype(), prediction.shape()}));
  const Var t = b.var(g.add_input("t", {target.dtype(), target.shape()}));
  g.outputs["loss"] = d.build(b, complete(d.attrs, attrs, name), p, t).id;
  return evaluate(g, {{"p", prediction}, {"t", target}}, on({"reference"})).at("loss").at(0);
}

const Array& prediction() {
  static const Array a = Array::of<double>({2, 3}, {0.2, -1, 3, 0.5, 0.1, -2});
  return a;
}

const AttrValue::Numbers kWeights = {0.5, 2, 3};

struct Case {
  std::string name;
  Attrs attrs;
  double want;  // torch, float64
};

const std::vector<Case> kCases = {
    {"L1Loss", {}, 1.2666666666666668},
    {"MSELoss", {}, 2.823333333333333},
    {"MSELoss", {{"reduction", "sum"}}, 16.939999999999998},
    {"SmoothL1Loss", {{"beta", 0.6}}, 1.023611111111111},
    {"HuberLoss", {{"delta", 0.6}}, 0.6141666666666666},
    {"BCEWithLogitsLoss", {}, 1.0225649272950346},
    {"CrossEntropyLoss", {}, 0.5185701666590404},
    {"CrossEntropyLoss", {{"label_smoothing", 0.1}, {"reduction", "sum"}}, 1.3204736666514143},
    {"CrossEntropyLoss", {{"ignore_index", 1}}, 0.07615117764997655},
    {"NLLLoss", {}, -1.55},
    {"CrossEntropyLoss", {{"weight", kWeights}}, 0.43008636885722773},
    {"CrossEntropyLoss",
     {{"weight", kWeights}, {"label_smoothing", 0.1}, {"reduction", "sum"}},
     2.6421977209658394},
    {"NLLLoss", {{"weight", kWeights}}, -1.84},
    {"BCEWithLogitsLoss", {{"pos_weight", kWeights}}, 1.6994218811877992},
    {"BCEWithLogitsLoss",
     {{"pos_weight", AttrValue::Numbers{1, 1, 1}}, {"reduction", "sum"}},
     1.0225649272950346 * 6},
};

TEST(Loss, ValuesAreThoseOfTorch) {
  const Array values = Array::of<double>({2, 3}, {1, 0, 0.5, 0.3, 0.2, 1});
  const Array classes = Array::of<int64_t>({2}, {2, 1});
  for (const Case& c : kCases) {
    const bool wants_classes = find_loss(c.name).target == TargetKind::classes;
    EXPECT_NEAR(loss_of(c.name, c.attrs, prediction(), wants_classes ? classes : values), c.want,
                1e-12)
        << c.name << c.attrs.str();
  }
}

TEST(Loss, BCELossIsThatOfTorch) {
  EXPECT_NEAR(loss_of("BCELoss", {}, Array::of<double>({3}, {0.2, 0.9, 0.5}),
                      Array::of<double>({3}, {0, 1, 0.3})),
              0.3405504158439938, 1e-12);
}

TEST(Loss, ShapesThatWouldBroadcastAreRefused) {
  try {
    loss_of("MSELoss", {}, Array(DType::float64, {4, 1}), Array(DType::float64, {4}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::model);
    EXPECT_TRUE(contains(e.what(), "float64[4, 1]") && contains(e.what(), "float64[4]"))
        << e.what();
  }
}

TEST(Loss, CrossEntropyWantsClasses) {
  EXPECT_THROW(loss_of("CrossEntropyLoss", {}, prediction(), Array(DType::float64, {2})), Error);
  EXPECT_THROW(loss_of("CrossEntropyLoss", {}, prediction(), Array(DType::int64, {2, 1})), Error);
}

TEST(Loss, WeightsAreOneForEachOutput) {
  for (const auto& [name, key] :
       {std::pair("CrossEntropyLoss", "weight"), {"BCEWithLogitsLoss", "pos_weight"}}) {
    const bool classes = std::string(key) == "weight";
    try {
      loss_of(name, {{key, AttrValue::Numbers{1, 2}}}, prediction(),
              classes ? Array(DType::int64, {2}) : Array(DType::float64, {2, 3}));
      FAIL();
    } catch (const Error& e) {
      EXPECT_TRUE(contains(e.what(), std::string(key) + " has 2 values, but there are 3 outputs"))
          << e.what();
    }
  }
}

TEST(Loss, AnUnknownNameGetsTheNearest) {
  try {
    find_loss("CrossEntropy");
    FAIL();
  } catch (const Error& e) {
    EXPECT_TRUE(contains(e.hint(), "CrossEntropyLoss")) << e.hint();
  }
}

}  // namespace
}  // namespace nnrun::test
