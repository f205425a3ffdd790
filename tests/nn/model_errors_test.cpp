#include "tests/nn/models.h"

namespace nnrun::test {
namespace {

TEST(ModelError, AWrongSizeNamesTheLayerThatSetIt) {
  ModelBuilder m({3});
  m.add("Linear", {{"out_features", 16}}, "hidden")
      .add("ReLU")
      .add("Linear", {{"in_features", 10}, {"out_features", 2}}, "out");
  const Error e = error_of(m.spec);
  EXPECT_EQ(e.code(), Code::model);
  EXPECT_STREQ(e.what(), "Linear 'out': in_features is 10, but the layer before it gives 16");
  EXPECT_EQ(e.where().line, 4);
  EXPECT_EQ(e.where().col, 10);
  EXPECT_EQ(e.hint(), "leave in_features out, or write 16");
  ASSERT_EQ(e.notes().size(), 1u);
  EXPECT_EQ(e.notes()[0].message, "'hidden' (Linear) sets out_features: 16");
  EXPECT_EQ(e.notes()[0].where.line, 2);
}

TEST(ModelError, AWrongSizeOfTheFirstLayerPointsAtInputShape) {
  ModelBuilder m({3});
  m.add("Linear", {{"in_features", 2}, {"out_features", 2}});
  const Error e = error_of(m.spec);
  ASSERT_EQ(e.notes().size(), 1u);
  EXPECT_EQ(e.notes()[0].message, "input_shape is 3");
  EXPECT_EQ(e.notes()[0].where.line, 1);
}

TEST(ModelError, AWrongSizeAfterFlattenSaysWhatFlattenGives) {
  ModelBuilder m({3, 4});
  m.add("Flatten").add("Linear", {{"in_features", 10}, {"out_features", 2}});
  EXPECT_EQ(error_of(m.spec).notes().at(0).message, "'0' (Flatten) gives (N, 12)");
}

TEST(ModelError, ErrorsOfAllLayersAreReportedAtOnce) {
  ModelBuilder m({3});
  m.add("Linear", {{"in_features", 2}, {"out_features", 4}})
      .add("Linear", {{"in_features", 5}, {"out_features", 4}})
      .add("Relu")
      .add("Dropout", {{"p", 1.5}});
  const Error e = error_of(m.spec);
  ASSERT_EQ(e.more().size(), 3u);
  EXPECT_EQ(e.where().line, 2);
  EXPECT_EQ(e.more()[0].where().line, 3);
  EXPECT_TRUE(contains(e.more()[1].what(), "there is no layer 'Relu'"));
  EXPECT_EQ(e.more()[1].hint(), "did you mean 'ReLU'?");
  EXPECT_TRUE(contains(e.more()[2].what(), "p is 1.5, expected between 0 and 1"));
  EXPECT_EQ(e.more()[2].where().col, 10);
}

TEST(ModelError, AnUnknownArgumentGetsTheNearestName) {
  ModelBuilder m({3});
  m.add("Linear", {{"out_feature", 2}, {"bias", true}});
  const Error e = error_of(m.spec);
  EXPECT_STREQ(e.what(), "Linear '0': unknown argument 'out_feature'");
  EXPECT_EQ(e.hint(), "did you mean 'out_features'?");
  EXPECT_EQ(e.where().col, 20);
}

TEST(ModelError, NamesOfOtherFrameworksAreTranslated) {
  ModelBuilder m({3});
  m.add("Dense", {{"units", 2}});
  EXPECT_TRUE(contains(error_of(m.spec).hint(), "Linear"));
}

TEST(ModelError, ARankThatDoesNotFitNamesBothLayouts) {
  ModelBuilder m({12});
  m.add("Conv2d", {{"out_channels", 2}, {"kernel_size", 3}});
  const std::string text = error_of(m.spec).what();
  EXPECT_TRUE(contains(text, "(N, C, H, W)")) << text;
  EXPECT_TRUE(contains(text, "(N, 12)")) << text;
}

TEST(ModelError, AnErrorOfAnOpIsPlacedAtItsLayer) {
  ModelBuilder m({1, 2, 2});
  m.add("Conv2d", {{"out_channels", 2}, {"kernel_size", 5}}, "big");
  const Error e = error_of(m.spec);
  EXPECT_TRUE(contains(e.what(), "Conv2d 'big': ")) << e.what();
  EXPECT_EQ(e.where().line, 2);
}

TEST(ModelError, ASecondLayerOfANameNamesTheFirst) {
  ModelBuilder m({3});
  m.add("ReLU", {}, "a").add("Tanh", {}, "a");
  const Error e = error_of(m.spec);
  EXPECT_TRUE(contains(e.what(), "Tanh 'a': the name is taken")) << e.what();
  EXPECT_EQ(e.notes().at(0).where.line, 2);
}

TEST(ModelError, AnUnknownInputGetsTheNearestName) {
  ModelBuilder m({3});
  m.add("ReLU", {}, "hidden").add("Tanh", {}, "", {"hiden"});
  const Error e = error_of(m.spec);
  EXPECT_TRUE(contains(e.what(), "no layer 'hiden'"));
  EXPECT_EQ(e.hint(), "did you mean 'hidden'?");
  EXPECT_TRUE(e.more().empty());
}

TEST(ModelError, ACycleIsShownFromLayerToLayer) {
  ModelBuilder m({3});
  m.add("ReLU", {}, "a", {"c"}).add("ReLU", {}, "b", {"a"}).add("ReLU", {}, "c", {"b"});
  EXPECT_TRUE(contains(error_of(m.spec).what(), "a -> b -> c -> a")) << error_of(m.spec).what();
}

TEST(ModelError, ALaterLayerIsNoInput) {
  ModelBuilder m({3});
  m.add("ReLU", {}, "a", {"b"}).add("ReLU", {}, "b", {"input"}).add("Add", {}, "", {"a", "b"});
  EXPECT_TRUE(contains(error_of(m.spec).what(), "takes 'b', which comes later"));
}

TEST(ModelError, ALayerThatNothingUsesIsAnError) {
  ModelBuilder m({3});
  m.add("ReLU", {}, "lost").add("Tanh", {}, "", {"input"});
  EXPECT_STREQ(error_of(m.spec).what(), "ReLU 'lost': nothing uses its output");
}

TEST(ModelError, AMergeOfOneInputIsAnError) {
  ModelBuilder m({3});
  m.add("Add");
  EXPECT_TRUE(contains(error_of(m.spec).what(), "takes 2 or more inputs, not 1"));
}

TEST(ModelError, AResidualWhoseBranchesDifferShowsBothShapes) {
  ModelBuilder m({3});
  LayerConfig r = m.layer("Residual");
  r.layers = {m.layer("Linear", {{"out_features", 5}})};
  m.add(r);
  const std::string text = error_of(m.spec).what();
  EXPECT_TRUE(contains(text, "(N, 5)") && contains(text, "(N, 3)")) << text;
}

TEST(ModelError, ErrorsInsideContainersHaveFullNames) {
  ModelBuilder m({3});
  LayerConfig r = m.layer("Residual", {}, "block");
  r.layers = {m.layer("Linear", {{"in_features", 9}, {"out_features", 3}})};
  m.add(r);
  EXPECT_TRUE(contains(error_of(m.spec).what(), "Linear 'block.layers.0': in_features is 9"));
}

TEST(ModelError, BatchNormCannotTrainOnOneValueAChannel) {
  ModelBuilder m({3});
  m.add("BatchNorm1d");
  EXPECT_TRUE(contains(error_of(m.spec, true, 1).what(), "one value per channel"));
  EXPECT_NO_THROW(trace(m.spec, 1));
}

TEST(ModelError, PaddingSameWantsAStrideOfOne) {
  ModelBuilder m({1, 4, 4});
  m.add("Conv2d", {{"kernel_size", 3},
                   {"out_channels", 1},
                   {"padding", "same"},
                   {"stride", AttrValue::Ints{1, 2}}});
  const Error e = error_of(m.spec);
  EXPECT_TRUE(contains(e.what(), "padding is same, but stride is not 1")) << e.what();
  EXPECT_EQ(e.where().col, 30);
}

TEST(ModelError, APaddingWordIsOneOfTorch) {
  ModelBuilder m({1, 4, 4});
  m.add("Conv2d", {{"kernel_size", 3}, {"out_channels", 1}, {"padding", "sane"}});
  const Error e = error_of(m.spec);
  EXPECT_TRUE(contains(e.what(), "padding is 'sane', expected one of: valid, same")) << e.what();
  EXPECT_TRUE(contains(e.hint(), "same")) << e.hint();
}

TEST(ModelError, ReflectedPaddingEndsBeforeTheInputDoes) {
  ModelBuilder m({1, 4, 5});
  m.add("Conv2d",
        {{"kernel_size", 3}, {"out_channels", 1}, {"padding", 4}, {"padding_mode", "reflect"}});
  const std::string text = error_of(m.spec).what();
  EXPECT_TRUE(contains(text, "padding of 4 elements, but padding_mode reflect has at most 3"))
      << text;
}

TEST(ModelError, AWrongFormulaPointsInsideTheText) {
  ModelBuilder m({3});
  LayerConfig c = m.layer("Formula", {{"beta", 2.0}, {"expr", "x * sigmoid(bta * x)"}});
  c.marks["expr"] = {"m.yaml", 2, 30, 52};  // quoted: 20 characters and two quotes
  m.add(c);
  const Error e = error_of(m.spec);
  EXPECT_TRUE(contains(e.what(), "bta")) << e.what();
  EXPECT_EQ(e.where().col, 30 + 1 + 12);
  EXPECT_EQ(e.where().end_col, 30 + 1 + 15);
  EXPECT_EQ(e.hint(), "it may use x, beta");
}

TEST(ModelError, AFormulaTakesOnlyNumbersBesideItsText) {
  ModelBuilder m({3});
  m.add("Formula", {{"beta", "much"}, {"expr", "x * beta"}});
  EXPECT_TRUE(contains(error_of(m.spec).what(), "beta is much, expected a number"));
}

}  // namespace
}  // namespace nnrun::test
