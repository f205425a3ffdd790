#include "tests/nn/models.h"

// The answers are PyTorch's, in float64.
namespace nnrun::test {
namespace {

ModelSpec cnn() {
  ModelBuilder m({2, 4, 4});
  m.add("Conv2d", {{"out_channels", 4}, {"kernel_size", 3}, {"padding", 1}, {"stride", 2}})
      .add("BatchNorm2d")
      .add("ReLU")
      .add("MaxPool2d", {{"kernel_size", 2}})
      .add("Flatten")
      .add("Linear", {{"out_features", 3}});
  return m.spec;
}

TEST(Forward, AConvolutionalNetworkEvaluatesAsInTorch) {
  Traced t = trace(cnn(), 2, false, DType::float64);
  expect_values(run(t, cosines({2, 2, 4, 4})),
                {0.22901873248148363, -0.011968253335637308, -0.2552439207445774,
                 0.3230637250967967, -0.02678238786456904, -0.36317025135527253});
}

TEST(Forward, BatchNormTrainsAsInTorch) {
  Traced t = trace(cnn(), 2, true, DType::float64);
  expect_values(run(t, cosines({2, 2, 4, 4})),
                {0.21074157600628152, 0.004302248271594027, -0.2217207617625604, 0.2822895939990066,
                 -0.0032403304082610496, -0.3003364274674992});
  expect_values(t.state.find("1.running_mean")->value, {-0.17351532501601763, -0.21452920402115128,
                                                        0.06919372098459717, 0.25295979918400807});
  expect_values(t.state.find("1.running_var")->value,
                {0.7585216677627697, 0.9757654236334459, 1.2761685567841063, 1.1136367496634165});
  EXPECT_EQ(t.state.find("1.num_batches_tracked")->value.at(0), 1);
}

TEST(Forward, BatchNormWithoutAMomentumAveragesAllBatchesAsInTorch) {
  ModelBuilder m({3});
  m.add("BatchNorm1d", {{"momentum", nullptr}});
  Traced t = trace(m.spec, 4, true, DType::float64);
  std::map<std::string, Array> arrays = {{"step", Array::scalar<int64_t>(0)}};
  for (StateEntry& e : t.state.entries()) arrays[e.name] = e.value;
  for (int batch = 0; batch < 3; ++batch) {
    arrays["input"] = waves({4, 3}, batch + 1, 0.7, std::acos(-1.0) / 2, batch);
    evaluate(t.graph, arrays, on({"reference"}));
  }
  expect_values(t.state.find("0.running_mean")->value,
                {1.502375855221429, 1.381517235190855, 1.0812250980787799});
  expect_values(t.state.find("0.running_var")->value,
                {3.4884283079525416, 3.002792462458617, 2.3710841991592018});
  EXPECT_EQ(t.state.find("0.num_batches_tracked")->value.at(0), 3);
}

TEST(Forward, PaddingSameKeepsTheSizeAsInTorch) {
  ModelBuilder image({2, 3, 4});
  image.add("Conv2d", {{"out_channels", 3},
                       {"kernel_size", AttrValue::Ints{2, 3}},
                       {"padding", "same"},
                       {"dilation", AttrValue::Ints{1, 2}}});
  Traced t = trace(image.spec, 1, false, DType::float64);
  const Array y = run(t, cosines({1, 2, 3, 4}));
  EXPECT_EQ(y.shape(), Shape({1, 3, 3, 4}));
  expect_values(
      y, {1.2886891784255923,  1.0020246499178491,   0.4608628281195797,   -0.1652003130637077,
          -0.7462852999365576, -0.6945554139226622,  -0.24400022644628727, 0.37147392879624924,
          0.8429771257511717,  0.7436139250056873,   0.42010559913497775,  0.04846776704475521,
          -0.7988120239205718, -0.4523799224447774,  0.12615125796446341,  0.7352399612064505,
          1.242263700838864,   1.1235546606107483,   0.6204267212699623,   -0.004090371818049901,
          -0.3644703126263845, -0.22709815229562752, 0.11804691017913091,  0.48752646125761084,
          0.8641361280050104,  0.46197056864746755,  -0.14719311962235992, -0.7322146994698897,
          -1.1592730273561807, -0.9749671699664014,  -0.42512527764787844, 0.20116240809546443,
          0.44622255857397064, 0.2724411030714518,   -0.09032156816798775, -0.4533403413681356});
  ModelBuilder line({2, 5});
  line.add("Conv1d", {{"out_channels", 2}, {"kernel_size", 4}, {"padding", "same"}});
  t = trace(line.spec, 1, false, DType::float64);
  expect_values(run(t, cosines({1, 2, 5})),
                {0.43527818325463363, 0.950654970555525, 0.8879277424848993, 0.26093165048275546,
                 -0.1609508316796821, 0.5257058467219055, -0.11407143235659564,
                 -0.37457873866907865, -0.21343536768572616, 0.31084965719255425});
}

TEST(Forward, PaddingValidIsNone) {
  ModelBuilder m({2, 5});
  m.add("Conv1d", {{"out_channels", 2}, {"kernel_size", 4}, {"padding", "valid"}});
  EXPECT_EQ(trace(m.spec, 1).type().shape, Shape({1, 2, 2}));
}

TEST(Forward, PaddingModesAreThoseOfTorch) {
  struct Mode {
    const char* name;
    std::vector<double> image, line;
  };
  const Mode modes[] = {{"reflect",
                         {0.9467012582987915, 0.42830788517655083, -0.6541038053265519,
                          1.0575287306020646, 0.556871993516841, -0.6105754515044214,
                          0.671364729611381, 0.0016412103226981223, -0.6392563102762702},
                         {0.62472261538116, 0.6039825889762617, 0.4179071992381397,
                          0.06495646365264902, -0.13306847176987713}},
                        {"replicate",
                         {0.4431310484181701, 0.3588273940195348, 0.12000846519925783,
                          1.3294883446460761, 0.556871993516841, -0.6680361693887538,
                          0.4929503829490591, -0.34210203618966917, -0.32950374566207036},
                         {0.62472261538116, 0.6039825889762617, 0.4179071992381397,
                          0.15520023585246373, 0.028769000141147055}},
                        {"circular",
                         {0.10350119619442497, 0.1408093994580234, -0.8234610034769605,
                          0.4254061862535332, 0.556871993516841, -0.910932244947494,
                          0.10350119619442497, 0.1408093994580234, -0.8234610034769605},
                         {0.62472261538116, 0.6039825889762617, 0.4179071992381397,
                          -0.24553820400443357, -0.02308387972061826}}};
  for (const Mode& mode : modes) {
    SCOPED_TRACE(mode.name);
    ModelBuilder image({1, 4, 5});
    image.add("Conv2d", {{"out_channels", 1},
                         {"kernel_size", 3},
                         {"stride", 2},
                         {"padding", AttrValue::Ints{2, 1}},
                         {"padding_mode", mode.name}});
    Traced t = trace(image.spec, 1, false, DType::float64);
    expect_values(run(t, cosines({1, 1, 4, 5})), mode.image);
    ModelBuilder line({1, 5});
    line.add("Conv1d", {{"out_channels", 1},
                        {"kernel_size", 4},
                        {"padding", "same"},
                        {"padding_mode", mode.name}});
    t = trace(line.spec, 1, false, DType::float64);
    expect_values(run(t, cosines({1, 1, 5})), mode.line);
  }
}

TEST(Forward, TransposedAndOneDimensionalConvolutionsAreThoseOfTorch) {
  ModelBuilder m({12});
  m.add("Unflatten", {{"dim", 1}, {"unflattened_size", AttrValue::Ints{4, 1, 3}}})
      .add("ConvTranspose2d", {{"out_channels", 6},
                               {"kernel_size", AttrValue::Ints{2, 3}},
                               {"stride", 2},
                               {"output_padding", 1},
                               {"groups", 2}})
      .add("AvgPool2d", {{"kernel_size", 2}})
      .add("Flatten", {{"start_dim", 2}})
      .add("Conv1d", {{"out_channels", 4}, {"kernel_size", 2}})
      .add("PReLU", {{"num_parameters", 4}})
      .add("Flatten");
  Traced t = trace(m.spec, 2, false, DType::float64);
  expect_values(
      run(t, cosines({2, 12})),
      {0.0028300725322983264, 0.011744897407121677, 0.035030367569731026,  0.05629819250645103,
       0.04915293311698848,   0.07240776201274217,  -0.021752559920248573, -0.02340093118906035,
       -0.01420127666152202,  0.21038095339093538,  0.21683139647770228,   0.11425285255647989,
       0.045155640978857145,  0.1465356558401088,   0.15876911088040316,   0.07545039861845775,
       0.10017528936788744,   0.10034072352649466,  -0.012882981083868948, -0.0039555173482539,
       -0.004975753231257152, 0.09839305854861889,  0.007492984552954635,  0.029860459394540677});
}

TEST(Forward, AnEmbeddingIsThatOfTorch) {
  ModelBuilder m({3});
  m.add("Embedding", {{"num_embeddings", 7}, {"embedding_dim", 4}, {"padding_idx", 0}})
      .add("Flatten")
      .add("BatchNorm1d")
      .add("Linear", {{"out_features", 2}});
  Traced t = trace(m.spec, 2, false, DType::float64);
  expect_values(
      run(t, Array::of<int64_t>({2, 3}, {1, 2, 3, 0, 6, 5})),
      {-0.11552355328217437, 0.6233883495153378, -0.11157216930072403, 0.6256190511917546});
}

TEST(Forward, AResidualAddsItsShortcut) {
  ModelBuilder m({3});
  LayerConfig r = m.layer("Residual");
  r.layers = {m.layer("Linear", {{"out_features", 5}}), m.layer("Tanh"),
              m.layer("Linear", {{"out_features", 4}})};
  r.shortcut = {m.layer("Linear", {{"out_features", 4}})};
  m.add(r);
  Traced t = trace(m.spec, 2, false, DType::float64);
  expect_values(
      run(t, cosines({2, 3})),
      {-0.5864466241539682, 0.06227682151400504, 0.04887887271296332, 0.03333047749441462,
       0.13883631889015258, -0.15934604386204246, -0.17926326032049728, 0.7216602187177319});
}

TEST(Forward, AResidualWithoutAShortcutAddsItsInput) {
  ModelBuilder m({2});
  LayerConfig r = m.layer("Residual");
  r.layers = {m.layer("ReLU")};
  m.add(r);
  Traced t = trace(m.spec, 1, false, DType::float64);
  expect_values(run(t, Array::of<double>({1, 2}, {3, -2})), {6, -2});
}

TEST(Forward, AdaptivePoolingIsThatOfTorch) {
  ModelBuilder m({1, 3, 5});
  m.add("AdaptiveAvgPool2d", {{"output_size", AttrValue::Ints{2, 3}}});
  Traced t = trace(m.spec, 1, false, DType::float64);
  expect_values(run(t, cosines({1, 1, 3, 5})),
                {0.08453116966324802, 0.15029677536283279, 0.08208901740628738,
                 -0.12986034806258168, -0.1403031612696344, -0.02568083983555028});
}

TEST(Forward, DropoutKeepsTheMeanAndRepeats) {
  ModelBuilder m({10'000});
  m.add("Dropout", {{"p", 0.25}});
  Traced t = trace(m.spec, 1, true, DType::float64);
  const Array ones = waves({1, 10'000}, 0, 0, 0, 1);
  const Array y = run(t, ones);
  int64_t zeros = 0;
  for (int64_t i = 0; i < y.numel(); ++i) {
    zeros += y.at(i) == 0;
    ASSERT_TRUE(y.at(i) == 0 || y.at(i) == 1 / 0.75) << y.at(i);
  }
  EXPECT_NEAR(double(zeros), 2500, 150);
  EXPECT_TRUE(same_bits(y, run(t, ones)));
}

}  // namespace
}  // namespace nnrun::test
