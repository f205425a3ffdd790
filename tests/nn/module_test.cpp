// Modules that run at once: what libtorch does not have, and what its programs do not show.
#include <nnrun/nn.h>
#include <nnrun/optim.h>
#include <nnrun/plugins.h>

#include <cmath>
#include <sstream>

#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace nnrun {
namespace {

using test::expect_error;
using test::values;
using V = std::vector<double>;

std::string text(const nn::Module& m) {
  std::ostringstream s;
  s << m;
  return s.str();
}

TEST(Module, OfAnyLayerIsMadeByName) {
  nn::AnyModule conv =
      nn::make("Conv2d", {{"in_channels", 1}, {"out_channels", 2}, {"kernel_size", {3, 3}}});
  EXPECT_EQ(conv.forward(ones({1, 1, 5, 4})).sizes().vec(), (std::vector<int64_t>{1, 2, 3, 2}));
  EXPECT_EQ(values(nn::make("LeakyReLU", {{"negative_slope", 0.5}}).forward(tensor({-2.0, 4.0}))),
            (V{-1, 4}));
  EXPECT_EQ(text(*nn::make("Linear", {{"out_features", 3}, {"bias", false}}).ptr()),
            "torch::nn::Linear(out_features=3, bias=false)");
  expect_error(Code::model, "there is no layer 'Linea'", [] { nn::make("Linea"); });
  expect_error(Code::model, "out_features", [] { nn::make("Linear"); });
}

TEST(Module, OfALayerWithoutSizesGetsItsParametersFromTheFirstInput) {
  nn::AnyModule linear = nn::make("Linear", {{"out_features", 3}});
  EXPECT_TRUE(linear.ptr()->parameters().empty());
  linear.forward(ones({2, 5})).sum().backward();
  const auto named = linear.ptr()->named_parameters();
  EXPECT_EQ(named.keys(), (std::vector<std::string>{"weight", "bias"}));
  EXPECT_EQ(named["weight"].sizes().vec(), (std::vector<int64_t>{3, 5}));
  EXPECT_EQ(values(named["bias"].grad()), (V{2, 2, 2}));
}

TEST(Module, OfAPluginsOpRunsAndHasItsGradient) {
  plugins::load("step");
  nn::AnyModule step = nn::make("Step");
  const Tensor x = tensor({-1.0, 2.0}).set_requires_grad(true);
  const Tensor y = step.forward(x);
  EXPECT_EQ(values(y), (V{0, 1}));
  y.sum().backward();
  EXPECT_TRUE(x.grad().defined());
}

TEST(Module, OfAPluginsLayerHasItsParameters) {
  plugins::load("maxout");
  nn::AnyModule maxout = nn::make("Maxout", {{"out_features", 4}});
  EXPECT_EQ(maxout.forward(ones({2, 3})).sizes().vec(), (std::vector<int64_t>{2, 4}));
  EXPECT_FALSE(maxout.ptr()->parameters().empty());
}

TEST(Module, StartsAsTheSeedSays) {
  const auto weight = [](uint64_t seed) {
    manual_seed(seed);
    return values(nn::Linear(3, 2)->weight);
  };
  EXPECT_EQ(weight(1), weight(1));
  EXPECT_NE(weight(1), weight(2));
  manual_seed(1);
  nn::Linear a(3, 2), b(3, 2);
  EXPECT_NE(values(a->weight), values(b->weight));
  for (double w : values(a->weight)) EXPECT_LE(std::abs(w), 1 / std::sqrt(3.0));
}

TEST(Module, DrawsOtherNumbersAtEachForwardInTraining) {
  nn::Dropout drop(0.5);
  const Tensor x = ones({64});
  EXPECT_NE(values(drop(x)), values(drop(x)));
  drop->eval();
  EXPECT_EQ(values(drop(x)), values(x));
}

TEST(Module, UsesAParameterThatWasReplaced) {
  nn::Linear fc(nn::LinearOptions(2, 1).bias(false));
  fc->weight = tensor({{2.0, 3.0}});
  EXPECT_EQ(values(fc(tensor({{1.0, 10.0}}))), (V{32}));
  EXPECT_FALSE(fc->bias.defined());
}

TEST(Module, SaysWhichSizeOrDtypeDoesNotFit) {
  nn::Linear fc(2, 3);
  expect_error(Code::model, "in_features is 2, but the input (1, 4) has 4", [&] {
    fc(ones({1, 4}));
  });
  expect_error(Code::model, "'weight' is float32[3, 2], but the input needs float64[3, 2]", [&] {
    fc(ones({1, 2}, kDouble));
  });
  nn::Linear empty{nullptr};
  expect_error(Code::model, "empty module", [&] { empty(ones({1, 2})); });
}

TEST(Module, StateIsLoadedByName) {
  nn::Sequential a(nn::Linear(2, 3), nn::BatchNorm1d(3)), b(nn::Linear(2, 3), nn::BatchNorm1d(3));
  a->forward(tensor({{1.0, 2.0}, {3.0, -4.0}}));
  b->load_state_dict(a->state_dict());
  a->eval();
  b->eval();
  EXPECT_EQ(a->state_dict().size(), 7u);
  EXPECT_EQ(values(b->forward(ones({1, 2}))), values(a->forward(ones({1, 2}))));
  auto wrong = a->state_dict();
  wrong.erase("0.bias");
  expect_error(Code::model, "'0.bias' of the module is missing",
               [&] { b->load_state_dict(wrong); });
}

TEST(Module, RunsOnTheReferenceBackend) {
  nn::Sequential net(nn::Linear(2, 3), nn::BatchNorm1d(3), nn::ReLU());
  const Tensor x = tensor({{1.0, 2.0}, {3.0, -4.0}, {0.5, 0.25}});
  const V want = values(net->forward(x));
  net->to(Device("reference"));
  const Tensor y = net->forward(x.to(Device("reference")));
  EXPECT_EQ(y.device(), Device("reference"));
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(values(y)[i], want[i], 1e-5);
}

TEST(Module, GoesByOptionsThatWereChanged) {
  nn::Conv2d conv(nn::Conv2dOptions(1, 1, 2).bias(false));
  const Tensor x = ones({1, 1, 6, 6});
  EXPECT_EQ(conv(x).size(3), 5);
  conv->options.stride(2);
  EXPECT_EQ(conv(x).size(3), 3);
  nn::LeakyReLU leaky;
  EXPECT_EQ(values(leaky(tensor({-2.0}))), (V{-2 * double(0.01f)}));
  leaky->options.negative_slope(0.5);
  EXPECT_EQ(values(leaky(tensor({-2.0}))), (V{-1}));
  conv->options.dilation(-1);
  expect_error(Code::model, "dilation", [&] { conv(x); });
  expect_error(Code::model, "dilation", [&] { conv(x); });
  conv->options.dilation(1);
  EXPECT_EQ(conv(x).size(3), 3);
}

TEST(Module, TakesOneSampleWhereItTakesABatch) {
  const auto same = [](nn::AnyModule m, const Tensor& x) {
    EXPECT_EQ(values(m.forward(x)), values(m.forward(x.unsqueeze(0)).squeeze(0)));
    EXPECT_EQ(m.forward(x).dim(), x.dim());
  };
  const Tensor image = arange(2 * 4 * 4).to(kFloat).view({2, 4, 4});
  same(nn::AnyModule(nn::Conv2d(2, 3, 3)), image);
  same(nn::AnyModule(nn::Conv1d(4, 3, 3)), image[0]);
  same(nn::AnyModule(nn::ConvTranspose2d(2, 3, 3)), image);
  same(nn::AnyModule(nn::MaxPool2d(2)), image);
  same(nn::AnyModule(nn::AvgPool2d(2)), image);
  same(nn::AnyModule(nn::AdaptiveAvgPool2d(1)), image);
}

TEST(Module, OfALayerWithSeveralInputsTakesThemAll) {
  nn::AnyModule add = nn::make("Add"), concat = nn::make("Concat", {{"dim", 1}});
  EXPECT_EQ(values(add.forward(ones({2}), ones({2}), ones({2}))), (V{3, 3}));
  EXPECT_EQ(concat.forward(ones({2, 1}), zeros({2, 3})).size(1), 4);
  expect_error(Code::model, "Add: takes 2 or more inputs, not 1", [&] { add.forward(ones({2})); });
}

struct TwinImpl : nn::Cloneable<TwinImpl> {
  explicit TwinImpl(int64_t n) : size(n) { reset(); }
  void reset() override {
    fc = register_module("fc", nn::Linear(size, size));
    scale = register_parameter("scale", full({1}, 2.0));
    count = register_buffer("count", zeros({1}));
  }
  Tensor forward(const Tensor& x) { return fc(x) * scale + count; }
  int64_t size;
  nn::Linear fc{nullptr};
  Tensor scale, count;
};
TORCH_MODULE(Twin);

TEST(Clone, HasTheSameValuesAndTensorsOfItsOwn) {
  Twin a(2);
  {
    NoGradGuard guard;
    a->scale.fill_(3);
    a->count.fill_(7);
  }
  const auto b = std::dynamic_pointer_cast<TwinImpl>(a->clone());
  ASSERT_NE(b, nullptr);
  const Tensor x = ones({1, 2});
  const V want = values(a(x));
  EXPECT_EQ(values(b->forward(x)), want);
  EXPECT_TRUE(b->fc->weight.requires_grad());
  EXPECT_EQ(b->parameters().size(), 3u);
  b->forward(x).sum().backward();
  EXPECT_FALSE(a->fc->weight.grad().defined());
  {
    NoGradGuard guard;
    for (Tensor& p : b->parameters()) p.zero_();
  }
  EXPECT_EQ(values(a(x)), want);
  EXPECT_EQ(values(b->forward(x)), (V{7, 7}));
}

TEST(Clone, OfContainersAndLayersClonesWhatIsInside) {
  nn::Sequential a(nn::Conv2d(1, 2, 2), nn::BatchNorm2d(2), nn::Flatten(), nn::Linear(8, 1),
                   nn::Functional([](const Tensor& t) { return t.relu(); }));
  a->forward(ones({2, 1, 3, 3}));
  a->eval();
  const auto b = std::dynamic_pointer_cast<nn::SequentialImpl>(a->clone());
  const Tensor x = arange(9).to(kFloat).view({1, 1, 3, 3});
  EXPECT_EQ(values(b->forward(x)), values(a->forward(x)));
  EXPECT_FALSE(b->at<nn::BatchNorm2dImpl>(1).is_training());
  EXPECT_EQ(b->state_dict().size(), a->state_dict().size());
  for (const auto& [name, t] : b->state_dict()) {
    EXPECT_NE(t.data_ptr(), a->state_dict().at(name).data_ptr()) << name;
  }
  b->at<nn::Conv2dImpl>(0).options.padding(1);
  EXPECT_EQ(a->at<nn::Conv2dImpl>(0).forward(x).size(2), 2);
}

TEST(Clone, OfALayerByNameHasTheParametersOfItsFirstInput) {
  nn::AnyModule a = nn::make("Linear", {{"out_features", 3}});
  const Tensor x = ones({2, 5}), y = a.forward(x);
  nn::AnyModule b = a.clone();
  EXPECT_EQ(values(b.forward(x)), values(y));
  EXPECT_FALSE(b.ptr()->parameters()[0].is_same(a.ptr()->parameters()[0]));
}

TEST(Clone, GoesToADevice) {
  nn::Linear a(2, 3);
  const auto b = std::dynamic_pointer_cast<nn::LinearImpl>(a->clone(Device("reference")));
  EXPECT_EQ(b->weight.device(), Device("reference"));
  EXPECT_EQ(a->weight.device(), Device(kCPU));
  EXPECT_EQ(values(b->bias), values(a->bias));
}

TEST(Clone, SaysWhatAModuleNeedsForIt) {
  struct Plain : nn::Module {};
  const Error e = expect_error(Code::model, "not implemented", [] { Plain().clone(); });
  EXPECT_NE(e.hint().find("nn::Cloneable"), std::string::npos);
  struct Forgot : nn::Cloneable<Forgot> {
    Forgot() { register_parameter("p", ones({1})); }
    void reset() override {}
  };
  expect_error(Code::model, "reset() registers 0 parameters, the module has 1",
               [] { Forgot().clone(); });
}

TEST(CrossEntropy, TakesProbabilities) {
  const Tensor x = tensor({{1.0, 2.0, 0.5}, {0.0, -1.0, 3.0}}, kDouble);
  const Tensor classes = tensor({1, 2});
  const Tensor p = one_hot(classes, 3).to(kDouble);
  namespace F = nn::functional;
  for (const double smooth : {0.0, 0.3}) {
    const auto o = F::CrossEntropyFuncOptions().label_smoothing(smooth);
    EXPECT_NEAR(F::cross_entropy(x, p, o).item<double>(),
                F::cross_entropy(x, classes, o).item<double>(), 1e-12);
  }
  expect_error(Code::model, "of floats, not of Long", [&] { F::cross_entropy(x, p.to(kLong)); });
}

TEST(TorchCheck, ThrowsItsMessageUnlessTheConditionHolds) {
  const int n = 3;
  TORCH_CHECK(n == 3, "never");
  expect_error(Code::model, "n is 3, not 4", [&] { TORCH_CHECK(n == 4, "n is ", n, ", not ", 4); });
  expect_error(Code::model, "expected n > 3", [&] { TORCH_CHECK(n > 3); });
}

TEST(AnyModule, SaysWhatItWasGiven) {
  nn::AnyModule any(nn::Linear(1, 1));
  expect_error(Code::model, "Linear: takes 1 inputs, not 2", [&] {
    any.forward(ones({1, 1}), ones({1, 1}));
  });
  expect_error(Code::model, "argument 0", [&] { any.forward(1); });
  expect_error(Code::model, "another type", [&] { any.forward<double>(ones({1, 1})); });
  expect_error(Code::model, "another type", [&] { any.get<nn::Conv2dImpl>(); });
}

TEST(Optimizer, WritesIntoTheParameterItself) {
  const Tensor p = tensor({1.0, 2.0}).set_requires_grad(true);
  const Tensor view = p.detach();
  optim::SGD sgd({p}, 0.5);
  p.mutable_grad() = tensor({1.0, -1.0});
  sgd.step();
  EXPECT_EQ(values(view), (V{0.5, 2.5}));
  EXPECT_TRUE(p.is_leaf());
}

TEST(Optimizer, KeepsStateByTorchsNames) {
  const Tensor p = tensor({1.0}).set_requires_grad(true);
  optim::Adam adam({p}, optim::AdamOptions(0.1).amsgrad(true));
  p.mutable_grad() = tensor({2.0});
  adam.step();
  const optim::OptimizerParamState& s = adam.state().at(p.unsafeGetTensorImpl());
  EXPECT_EQ(s.step, 1);
  EXPECT_NEAR(s.slots.at("exp_avg").item<double>(), 0.2, 1e-7);
  EXPECT_EQ(s.slots.count("max_exp_avg_sq"), 1u);
}

TEST(Optimizer, RefusesWhatItCannotTrain) {
  const Tensor p = tensor({1.0}).set_requires_grad(true);
  expect_error(Code::model, "non-leaf", [&] { optim::SGD({p * 2}, 0.1); });
  expect_error(Code::model, "lr", [&] { optim::SGD({p}, -0.1); });
  expect_error(Code::model, "nesterov",
               [&] { optim::SGD({p}, optim::SGDOptions(0.1).nesterov(true)); });
  expect_error(Code::model, "more than one", [&] {
    optim::SGD({optim::OptimizerParamGroup({p}), optim::OptimizerParamGroup({p})}, 0.1);
  });
}

}  // namespace
}  // namespace nnrun
