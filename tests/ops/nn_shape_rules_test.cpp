// Result shapes of the neural-network ops, as PyTorch 2 computes them, and what wrong operands get.
#include <gtest/gtest.h>

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {
namespace {

std::vector<Type> infer(const std::string& op, const std::vector<Type>& in, const Attrs& attrs) {
  Graph g;
  GraphBuilder b(g);
  std::vector<Var> vars;
  for (size_t i = 0; i < in.size(); ++i) {
    // An operand of a shape no op here takes stands for an absent one.
    vars.push_back(in[i].shape.rank() == 8 ? Var{} : b.var(g.add_input(std::to_string(i), in[i])));
  }
  std::vector<Type> out;
  for (const Var& v : b.call(op, vars, attrs)) out.push_back(v.type());
  return out;
}

const Type kAbsent{DType::float32, {1, 1, 1, 1, 1, 1, 1, 1}};
Type f32(const Shape& s) { return {DType::float32, s}; }
Type f64(const Shape& s) { return {DType::float64, s}; }
Type i64(const Shape& s) { return {DType::int64, s}; }
const Type kLr = f64({}), kStep = i64({}), kOk{DType::uint8, {}};

/// The shape of the first result.
Shape shape_of(const std::string& op, const std::vector<Type>& in, const Attrs& attrs = {}) {
  return infer(op, in, attrs).at(0).shape;
}

/// Expects an Error(model) that names the op and holds every fragment.
void expect_error(const std::string& op, const std::vector<Type>& in, const Attrs& attrs,
                  const std::vector<std::string>& fragments) {
  try {
    infer(op, in, attrs);
    ADD_FAILURE() << op << " took what it should refuse";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), Code::model);
    EXPECT_EQ(std::string(e.what()).rfind("[" + op + "] ", 0), 0u) << e.what();
    for (const std::string& f : fragments) {
      EXPECT_NE(std::string(e.what()).find(f), std::string::npos)
          << f << " is not in: " << e.what();
    }
  }
}

TEST(Conv2d, GivesTheSizesOfTorch) {
  struct Case {
    Shape x, weight;
    Ints stride, padding, dilation;
    int64_t groups;
    Shape y;
  };
  const Case cases[] = {
      {{2, 3, 5, 6}, {4, 3, 3, 2}, {1, 1}, {0, 0}, {1, 1}, 1, {2, 4, 3, 5}},
      {{1, 4, 7, 5}, {6, 2, 3, 3}, {2, 1}, {1, 2}, {1, 1}, 2, {1, 6, 4, 7}},
      {{2, 3, 9, 8}, {3, 1, 2, 3}, {3, 2}, {0, 0}, {3, 2}, 3, {2, 3, 2, 2}},
      {{0, 2, 4, 4}, {3, 2, 3, 3}, {1, 1}, {0, 0}, {1, 1}, 1, {0, 3, 2, 2}},
      {{1, 2, 3, 3}, {2, 2, 3, 3}, {5, 4}, {0, 1}, {1, 1}, 1, {1, 2, 1, 1}},
      {{1, 3, 224, 224}, {64, 3, 7, 7}, {2, 2}, {3, 3}, {1, 1}, 1, {1, 64, 112, 112}},
      {{1, 2, 10, 10}, {2, 2, 3, 3}, {3, 3}, {1, 0}, {4, 3}, 1, {1, 2, 2, 2}}};
  for (const Case& c : cases) {
    const Attrs a{{"stride", c.stride},
                  {"padding", c.padding},
                  {"dilation", c.dilation},
                  {"groups", c.groups}};
    EXPECT_EQ(shape_of("conv2d", {f32(c.x), f32(c.weight)}, a), c.y);
    Attrs for_input = a, for_weight = a;
    for_input.set("input_size", Ints{c.x[2], c.x[3]});
    for_weight.set("kernel_size", Ints{c.weight[2], c.weight[3]});
    EXPECT_EQ(shape_of("conv2d_grad_input", {f32(c.y), f32(c.weight)}, for_input), c.x);
    EXPECT_EQ(shape_of("conv2d_grad_weight", {f32(c.y), f32(c.x)}, for_weight), c.weight);
  }
}

TEST(Conv2d, OneNumberServesBothDimensions) {
  EXPECT_EQ(
      shape_of("conv2d", {f32({1, 1, 28, 28}), f32({8, 1, 5, 5})}, {{"stride", 2}, {"padding", 2}}),
      (Shape{1, 8, 14, 14}));
}

TEST(Conv2d, RefusesOperandsThatDoNotFit) {
  expect_error("conv2d", {f32({1, 3, 5, 5}), f32({8, 4, 3, 3})}, {},
               {"(1, 3, 5, 5)", "3 channels", "(8, 4, 3, 3)", "4 per group"});
  expect_error("conv2d", {f32({1, 4, 5, 5}), f32({3, 2, 3, 3})}, {{"groups", 2}},
               {"3 output channels", "2 groups"});
  expect_error("conv2d", {f32({1, 3, 5, 5}), f32({8, 3, 3, 3}), f32({7})}, {},
               {"bias", "(7,)", "(8,)"});
  expect_error("conv2d", {f32({3, 5, 5}), f32({8, 3, 3, 3})}, {}, {"(3, 5, 5)", "4 are needed"});
  expect_error("conv2d", {f32({1, 3, 2, 5}), f32({8, 3, 3, 3})}, {},
               {"covers 3", "height", "has 2"});
  expect_error("conv2d", {f32({1, 3, 5, 5}), f64({8, 3, 3, 3})}, {}, {"float32", "float64"});
  expect_error("conv2d", {i64({1, 3, 5, 5}), i64({8, 3, 3, 3})}, {}, {"int64"});
}

TEST(Conv2d, SizesThatOverflowAreRefused) {
  const int64_t huge = int64_t{1} << 62;
  EXPECT_THROW(infer("conv2d", {f32({1, 1, 5, 5}), f32({1, 1, 3, 3})}, {{"padding", huge}}), Error);
  EXPECT_THROW(infer("conv2d", {f32({1, 1, 5, 5}), f32({1, 1, 3, 3})}, {{"dilation", huge}}),
               Error);
  EXPECT_THROW(infer("avg_pool2d", {f32({1, 1, 5, 5})}, {{"kernel_size", huge}, {"stride", 1}}),
               Error);
}

TEST(Conv2dGrad, RefusesAGradientOfAnotherSize) {
  expect_error("conv2d_grad_input", {f32({1, 8, 4, 4}), f32({8, 3, 3, 3})}, {{"input_size", 5}},
               {"(1, 8, 4, 4)", "(1, 8, 3, 3)"});
  expect_error("conv2d_grad_weight", {f32({1, 8, 4, 4}), f32({1, 3, 5, 5})}, {{"kernel_size", 3}},
               {"(1, 8, 4, 4)", "(1, 8, 3, 3)"});
}

TEST(Conv1d, GivesTheSizesOfTorch) {
  EXPECT_EQ(shape_of("conv1d", {f32({2, 3, 8}), f32({4, 3, 3}), f32({4})}, {{"padding", 1}}),
            (Shape{2, 4, 8}));
  EXPECT_EQ(shape_of("conv1d", {f32({1, 4, 11}), f32({2, 2, 3})},
                     {{"stride", 2}, {"dilation", 2}, {"groups", 2}}),
            (Shape{1, 2, 4}));
  expect_error("conv1d", {f32({2, 3, 2}), f32({4, 3, 3})}, {}, {"covers 3", "has 2"});
}

TEST(ConvTranspose2d, GivesTheSizesOfTorch) {
  struct Case {
    Shape x, weight;
    Ints stride, padding, output_padding, dilation;
    int64_t groups;
    Shape y;
  };
  const Case cases[] = {
      {{2, 3, 4, 3}, {3, 2, 3, 2}, {1, 1}, {0, 0}, {0, 0}, {1, 1}, 1, {2, 2, 6, 4}},
      {{1, 4, 3, 3}, {4, 1, 3, 3}, {2, 3}, {1, 1}, {1, 0}, {1, 1}, 2, {1, 2, 6, 7}},
      {{2, 2, 3, 4}, {2, 3, 2, 2}, {1, 1}, {1, 1}, {2, 1}, {3, 2}, 1, {2, 3, 6, 5}},
      {{1, 2, 1, 1}, {2, 1, 4, 4}, {2, 2}, {1, 1}, {0, 0}, {1, 1}, 1, {1, 1, 2, 2}},
      {{0, 2, 3, 3}, {2, 3, 2, 2}, {2, 2}, {0, 0}, {1, 1}, {1, 1}, 1, {0, 3, 7, 7}}};
  for (const Case& c : cases) {
    EXPECT_EQ(shape_of("conv_transpose2d", {f32(c.x), f32(c.weight)},
                       {{"stride", c.stride},
                        {"padding", c.padding},
                        {"output_padding", c.output_padding},
                        {"dilation", c.dilation},
                        {"groups", c.groups}}),
              c.y);
  }
}

TEST(ConvTranspose2d, RefusesAnOutputPaddingAsLargeAsStrideAndDilation) {
  expect_error("conv_transpose2d", {f32({1, 1, 3, 3}), f32({1, 1, 3, 3})},
               {{"stride", 2}, {"output_padding", 2}}, {"output_padding 2", "stride 2"});
  expect_error("conv_transpose2d", {f32({1, 1, 1, 1}), f32({1, 1, 3, 3})}, {{"padding", 2}},
               {"padding 2", "nothing"});
}

TEST(MaxPool2d, GivesTheSizesOfTorchAlsoInCeilMode) {
  struct Case {
    int64_t h, w;
    Ints kernel, stride, padding, dilation;
    bool ceil;
    int64_t oh, ow;
  };
  const Case cases[] = {{7, 6, {2, 2}, {2, 2}, {0, 0}, {1, 1}, false, 3, 3},
                        {7, 6, {2, 2}, {2, 2}, {0, 0}, {1, 1}, true, 4, 3},
                        {7, 6, {3, 2}, {2, 1}, {1, 1}, {1, 1}, false, 4, 7},
                        {7, 6, {3, 3}, {3, 2}, {0, 0}, {1, 1}, true, 3, 3},
                        {7, 6, {2, 3}, {1, 2}, {0, 1}, {3, 2}, false, 4, 2},
                        // A window larger than the input.
                        {2, 2, {3, 3}, {2, 2}, {0, 0}, {1, 1}, true, 1, 1},
                        // Last windows that would start in the padding are left out.
                        {4, 4, {2, 2}, {3, 3}, {1, 1}, {1, 1}, true, 2, 2},
                        {6, 6, {2, 2}, {4, 5}, {1, 1}, {1, 1}, true, 2, 2},
                        {5, 5, {1, 1}, {3, 4}, {0, 0}, {1, 1}, true, 2, 2},
                        {8, 8, {3, 3}, {2, 2}, {1, 1}, {2, 2}, true, 4, 4}};
  for (const Case& c : cases) {
    const std::vector<Type> out = infer("max_pool2d", {f32({2, 3, c.h, c.w})},
                                        {{"kernel_size", c.kernel},
                                         {"stride", c.stride},
                                         {"padding", c.padding},
                                         {"dilation", c.dilation},
                                         {"ceil_mode", c.ceil}});
    ASSERT_EQ(out.size(), 2u);
    EXPECT_EQ(out[0], f32({2, 3, c.oh, c.ow}));
    EXPECT_EQ(out[1], (Type{DType::int32, {2, 3, c.oh, c.ow}}));
  }
}

TEST(MaxPool2d, RefusesWindowsThatDoNotFit) {
  expect_error("max_pool2d", {f32({1, 1, 2, 2})}, {{"kernel_size", 3}, {"stride", 2}},
               {"covers 3", "has 2"});
  expect_error("max_pool2d", {f32({1, 1, 5, 5})},
               {{"kernel_size", 4}, {"stride", 1}, {"padding", 3}}, {"padding 3", "kernel_size 4"});
  expect_error("max_pool2d", {f32({1, 1, 0, 5})}, {{"kernel_size", 1}, {"stride", 1}},
               {"(1, 1, 0, 5)", "empty"});
}

TEST(MaxPool2d, RefusesPlanesAnInt32CannotIndex) {
  expect_error("max_pool2d", {f32({1, 1, 65536, 65536})}, {{"kernel_size", 2}, {"stride", 2}},
               {"(1, 1, 65536, 65536)", "2147483647"});
}

TEST(MaxPool2dGrad, NeedsAnIndexOfTheShapeOfTheGradient) {
  expect_error("max_pool2d_grad", {f32({1, 1, 2, 2}), {DType::int32, {1, 1, 2, 3}}},
               {{"input_size", 4}}, {"(1, 1, 2, 3)", "(1, 1, 2, 2)"});
  expect_error("max_pool2d_grad", {f32({1, 1, 2, 2}), i64({1, 1, 2, 2})}, {{"input_size", 4}},
               {"int64", "int32"});
}

TEST(AvgPool2d, GivesTheSizesOfTorchAlsoInCeilMode) {
  EXPECT_EQ(shape_of("avg_pool2d", {f32({1, 2, 6, 7})},
                     {{"kernel_size", 3},
                      {"stride", Ints{2, 3}},
                      {"padding", Ints{1, 0}},
                      {"ceil_mode", true}}),
            (Shape{1, 2, 4, 3}));
  const Attrs a{{"kernel_size", 3}, {"stride", 2}, {"padding", 1}, {"ceil_mode", true}};
  EXPECT_EQ(shape_of("avg_pool2d", {f32({1, 2, 8, 8})}, a), (Shape{1, 2, 5, 5}));
  Attrs back = a;
  back.set("input_size", 8);
  EXPECT_EQ(shape_of("avg_pool2d_grad", {f32({1, 2, 5, 5})}, back), (Shape{1, 2, 8, 8}));
  expect_error("avg_pool2d_grad", {f32({1, 2, 4, 5})}, back, {"(1, 2, 4, 5)", "(1, 2, 5, 5)"});
}

TEST(AdaptiveAvgPool2d, GivesTheSizeAskedFor) {
  EXPECT_EQ(shape_of("adaptive_avg_pool2d", {f32({2, 3, 7, 5})}, {{"output_size", Ints{3, 8}}}),
            (Shape{2, 3, 3, 8}));
  expect_error("adaptive_avg_pool2d", {f32({2, 3, 0, 5})}, {{"output_size", 1}}, {"(2, 3, 0, 5)"});
}

TEST(Linear, TakesAnyRankAndNamesBothWhenFeaturesDiffer) {
  EXPECT_EQ(shape_of("linear", {f32({5}), f32({4, 5}), f32({4})}), (Shape{4}));
  EXPECT_EQ(shape_of("linear", {f32({2, 3, 5}), f32({4, 5})}), (Shape{2, 3, 4}));
  EXPECT_EQ(shape_of("linear", {f32({0, 5}), f32({4, 5})}), (Shape{0, 4}));
  expect_error("linear", {f32({2, 6}), f32({4, 5})}, {}, {"(2, 6)", "5 features", "(4, 5)"});
  expect_error("linear", {f32({2, 5}), f32({4, 5}), f32({5})}, {}, {"bias", "(5,)", "(4,)"});
}

TEST(BatchNorm, GivesStatisticsPerChannelAndNeedsMoreThanOneValue) {
  const std::vector<Type> out = infer("batch_norm", {f32({2, 3, 4, 5}), kAbsent, f32({3})}, {});
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[0], f32({2, 3, 4, 5}));
  EXPECT_EQ(out[1], f32({3}));
  EXPECT_EQ(out[2], f32({3}));
  expect_error("batch_norm", {f32({1, 3})}, {}, {"more than 1 value", "(1, 3)"});
  expect_error("batch_norm", {f32({4, 3}), f32({4})}, {}, {"weight", "(4,)", "(3,)"});
  expect_error("batch_norm", {f32({4})}, {}, {"(4,)", "(N, C, ...)"});
}

TEST(LayerNorm, KeepsNormalisedDimensionsInItsStatistics) {
  const std::vector<Type> out =
      infer("layer_norm", {f32({2, 3, 4, 5}), f32({4, 5})}, {{"normalized_dims", 2}});
  ASSERT_EQ(out.size(), 3u);
  EXPECT_EQ(out[2], f32({2, 3, 1, 1}));
  expect_error("layer_norm", {f32({2, 5}), f32({4})}, {}, {"weight", "(4,)", "(5,)"});
  expect_error("layer_norm", {f32({5})}, {{"normalized_dims", 2}}, {"2 dimensions", "(5,)"});
}

TEST(Softmax, RefusesADimensionThatIsNotThere) {
  expect_error("softmax", {f32({2, 3})}, {{"dim", 2}}, {"2", "2 dimensions"});
  expect_error("log_softmax_grad", {f32({2, 3}), f32({3, 2})}, {{"dim", 1}}, {"(2, 3)", "(3, 2)"});
}

TEST(Embedding, AddsTheFeaturesToTheShapeOfTheIndex) {
  EXPECT_EQ(shape_of("embedding", {f32({10, 3}), i64({2, 4})}, {{"padding_idx", -10}}),
            (Shape{2, 4, 3}));
  expect_error("embedding", {f32({10, 3}), i64({2})}, {{"padding_idx", 10}}, {"10 rows"});
  expect_error("embedding", {f32({10, 3}), f32({2})}, {}, {"float32", "int64"});
}

TEST(Losses, NeverBroadcastTargetsOfValues) {
  for (const char* op : {"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss",
                         "binary_cross_entropy", "binary_cross_entropy_with_logits"}) {
    expect_error(op, {f32({4, 1}), f32({4})}, {}, {"(4, 1)", "(4,)", "must be the same"});
    EXPECT_EQ(shape_of(op, {f32({4, 1}), f32({4, 1})}), Shape{});
    EXPECT_EQ(shape_of(op, {f32({4, 1}), f32({4, 1})}, {{"reduction", "none"}}), (Shape{4, 1}));
  }
}

TEST(Losses, TakeTargetsOfClassesWithoutTheClassDimension) {
  for (const char* op : {"cross_entropy", "nll_loss"}) {
    EXPECT_EQ(shape_of(op, {f32({2, 5, 3, 4}), i64({2, 3, 4})}, {{"reduction", "none"}}),
              (Shape{2, 3, 4}));
    EXPECT_EQ(shape_of(op, {f32({2, 5}), i64({2}), f32({5})}), Shape{});
    expect_error(op, {f32({2, 5}), i64({2, 1})}, {}, {"(2, 5)", "(2,)", "(2, 1)"});
    expect_error(op, {f32({2, 5}), i64({2}), f32({2})}, {}, {"weight", "(2,)", "(5,)"});
    expect_error(op, {f32({2, 5}), f32({2})}, {}, {"float32", "int64"});
    expect_error(op, {f32({5}), i64({})}, {}, {"(5,)", "(N, C, ...)"});
  }
}

TEST(Random, TakesAStateOfFourNumbersAndGivesFloats) {
  EXPECT_EQ(infer("rand", {i64({4})}, {{"shape", Ints{2, 3}}, {"dtype", DType::float64}}).at(0),
            f64({2, 3}));
  expect_error("randn", {i64({2})}, {{"shape", Ints{2}}}, {"(2,)", "(4,)"});
  expect_error("rand", {i64({4})}, {{"shape", Ints{2}}, {"dtype", DType::int32}}, {"int32"});
  expect_error("dropout", {f32({2}), f32({4})}, {}, {"float32", "int64"});
}

TEST(Updates, GiveTheParameterAndTheSlotsThatThereAre) {
  const Type p = f32({3, 2});
  EXPECT_EQ(infer("sgd", {p, p, kAbsent, kLr, kStep, kOk}, {}), std::vector<Type>{p});
  EXPECT_EQ(infer("sgd", {p, p, p, kLr, kStep, kOk}, {{"momentum", 0.9}}).size(), 2u);
  EXPECT_EQ(infer("adam", {p, p, p, p, kAbsent, kLr, kStep, kOk}, {}).size(), 3u);
  EXPECT_EQ(infer("adam", {p, p, p, p, p, kLr, kStep, kOk}, {{"amsgrad", true}}).size(), 4u);
  EXPECT_EQ(infer("rmsprop", {p, p, p, kAbsent, p, kLr, kStep, kOk}, {{"centered", true}}).size(),
            3u);
  EXPECT_EQ(infer("adagrad", {p, p, p, kLr, kStep, kOk}, {}).size(), 2u);
}

TEST(Updates, RefuseSlotsThatTheAttributesDoNotSay) {
  const Type p = f32({3, 2});
  expect_error("sgd", {p, p, p, kLr, kStep, kOk}, {}, {"momentum_buffer is given", "momentum=0"});
  expect_error("adam", {p, p, p, p, kAbsent, kLr, kStep, kOk}, {{"amsgrad", true}},
               {"max_exp_avg_sq is absent", "amsgrad=true"});
  expect_error("adagrad", {p, f32({2, 3}), p, kLr, kStep, kOk}, {}, {"grad", "(2, 3)", "(3, 2)"});
  expect_error("adagrad", {p, p, p, f32({}), kStep, kOk}, {}, {"float32", "float64"});
  expect_error("sgd", {p, p, kAbsent, kLr, kStep, kOk}, {{"nesterov", true}},
               {"nesterov", "momentum 0"});
}

}  // namespace
}  // namespace nnrun
