// Modules that run at once: what libtorch does not have, and what its programs do not show.
#include <nnrun/nn.h>
#include <nnrun/optim.h>
#include <nnrun/plugins.h>

#include <cmath>
#include <sstream>

#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::expect_error;
using V = std::vector<double>;

V values(const Tensor& t) {
  V r;
  const Tensor c = t.detach().to(kDouble).contiguous();
  for (int64_t i = 0; i < c.numel(); ++i) r.push_back(c.data_ptr<double>()[i]);
  return r;
}
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

TEST(AnyModule, SaysWhatItWasGiven) {
  nn::AnyModule any(nn::Linear(1, 1));
  expect_error(Code::model, "takes 1 arguments, not 2", [&] {
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
