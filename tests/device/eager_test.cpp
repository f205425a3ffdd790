// Tensors on a backend whose memory is not the host's (backend.cpp).
#include <nnrun/nnrun.h>

#include <gtest/gtest.h>

#include "tests/support/tensors.h"

namespace nnrun::test {
namespace {

class TensorsOnADevice : public ::testing::Test {
 protected:
  TensorsOnADevice() { plugins::set_path({NNRUN_BINARY_DIR "/tests/device", NNRUN_MODULE_DIR}); }
};

/// What a step of a small network gives: the loss, and the weights after two updates.
std::vector<double> trained_on(const char* where) {
  const Device device(where);
  const Tensor x = (arange(12, kFloat).view({6, 2}) / 7 - 0.8).to(device);
  const Tensor y = sin(arange(6, kFloat)).view({6, 1}).to(device);
  Tensor w1 = (cos(arange(8, kFloat)).view({4, 2}) / 2).to(device).requires_grad_();
  Tensor w2 = (sin(arange(4, kFloat) + 1).view({1, 4}) / 2).to(device).requires_grad_();
  std::vector<double> r;
  for (int step = 0; step < 2; ++step) {
    const Tensor h = tanh(matmul(x, w1.t()));
    const Tensor loss = (matmul(h, w2.t()) - y).square().mean();
    loss.backward();
    r.push_back(loss.item<double>());
    NoGradGuard guard;
    for (Tensor* w : {&w1, &w2}) {
      w->sub_(w->grad() * 0.1);
      w->mutable_grad() = Tensor();
    }
  }
  for (const Tensor& w : {w1, w2}) {
    for (double v : values(w.detach().to(kCPU))) r.push_back(v);
  }
  return r;
}

TEST_F(TensorsOnADevice, TrainToTheBitsOfTheReference) {
  EXPECT_EQ(trained_on("sealed:0"), trained_on("reference:0"));
}

TEST_F(TensorsOnADevice, GoThereAndBack) {
  const Tensor x = arange(6, kFloat).view({2, 3});
  const Tensor there = x.to(Device("sealed:0"));
  EXPECT_EQ(there.device().str(), "sealed:0");
  EXPECT_EQ(values(there.t().to(kCPU)), values(x.t()));
  EXPECT_EQ(there[1][2].item<float>(), 5);
}

TEST_F(TensorsOnADevice, AreSummedInAWorkspaceOfTheDevice) {
  const Tensor x = sin(arange(40, kFloat)).view({4, 10}).to(Device("reference"));
  EXPECT_EQ(values(x.to(Device("sealed:0")).sum(0).to(kCPU)), values(x.sum(0)));
}

TEST_F(TensorsOnADevice, AreModelsToo) {
  manual_seed(3);
  nn::Sequential net(nn::Linear(2, 5), nn::ReLU(), nn::Linear(5, 1));
  const Tensor x = arange(8, kFloat).view({4, 2}) / 9;
  const std::vector<double> want = values(net->forward(x));
  net->to(Device("sealed:0"));
  optim::Adam adam(net->parameters(), optim::AdamOptions(0.01));
  const Tensor y = net->forward(x.to(Device("sealed:0")));
  const auto got = values(y.to(kCPU));
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-6);
  const double before = y.square().mean().item<double>();
  y.square().mean().backward();
  adam.step();
  EXPECT_LT(net->forward(x.to(Device("sealed:0"))).square().mean().item<double>(), before);
}

}  // namespace
}  // namespace nnrun::test
