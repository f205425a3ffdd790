// The tensor API on several threads at once.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include <nnrun/nnrun.h>

namespace torch = nnrun;

namespace {

namespace nn = torch::nn;
using torch::Tensor;

constexpr int kThreads = 8;

using Bits = std::vector<uint64_t>;

void append(Bits& bits, const Tensor& t) {
  const Tensor d = t.detach().to(torch::kDouble).contiguous();
  const double* p = d.data_ptr<double>();
  for (int64_t i = 0; i < d.numel(); ++i) {
    uint64_t b;
    std::memcpy(&b, p + i, 8);
    bits.push_back(b);
  }
}

Tensor numbers(torch::IntArrayRef sizes, double scale, double phase) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  const Tensor x = torch::arange(n, torch::kDouble) * 1.3 + phase;
  return (x.sin() * scale).to(torch::kFloat).view(sizes);
}

void set_weights(nn::Sequential& model) {
  torch::NoGradGuard guard;
  double phase = 0;
  for (Tensor& p : model->parameters()) p.copy_(numbers(p.sizes(), 0.6, ++phase));
}

Bits train(nn::Sequential model, torch::optim::Optimizer& optimizer, int steps,
           const std::function<Tensor()>& loss_of) {
  Bits bits;
  for (int i = 0; i < steps; ++i) {
    optimizer.zero_grad();
    Tensor loss = loss_of();
    loss.backward();
    optimizer.step();
    append(bits, loss);
  }
  for (const Tensor& p : model->parameters()) append(bits, p);
  return bits;
}

Bits xor_training() {
  nn::Sequential model(nn::Linear(2, 8), nn::Sigmoid(), nn::Linear(8, 1), nn::Sigmoid());
  set_weights(model);
  torch::optim::SGD optimizer(model->parameters(), torch::optim::SGDOptions(0.5).momentum(0.9));
  const Tensor x = torch::tensor({{0.F, 0.F}, {0.F, 1.F}, {1.F, 0.F}, {1.F, 1.F}});
  const Tensor y = torch::tensor({{0.F}, {1.F}, {1.F}, {0.F}});
  return train(model, optimizer, 40, [&] { return torch::mse_loss(model->forward(x), y); });
}

Bits classifier_training() {
  nn::Sequential model(nn::Linear(20, 32), nn::ReLU(), nn::Linear(32, 10));
  set_weights(model);
  torch::optim::Adam optimizer(model->parameters(), torch::optim::AdamOptions(0.01));
  const Tensor x = numbers({16, 20}, 1, 0), labels = torch::arange(8).repeat({2});
  return train(model, optimizer, 10,
               [&] { return nn::functional::cross_entropy(model->forward(x), labels); });
}

Bits products_and_second_derivatives() {
  Bits bits;
  for (int i = 0; i < 10; ++i) {
    const Tensor x = numbers({5, 7 + i % 3}, 1, i).requires_grad_();
    const Tensor y = torch::tanh(torch::matmul(x, x.t())).pow(2).sum();
    const Tensor g = torch::autograd::grad({y}, {x}, {}, true, true)[0];
    g.norm().backward();
    append(bits, y);
    append(bits, x.grad());
  }
  return bits;
}

Bits views_in_place() {
  Bits bits;
  for (int i = 0; i < 10; ++i) {
    const Tensor x = numbers({6, 4}, 1, i).requires_grad_();
    Tensor y = x * 2;
    y.slice(0, 1, 3).mul_(3);
    y[0] = y[5] + 1;
    (y.t().reshape({-1}) * torch::arange(24)).sum().backward();
    append(bits, y);
    append(bits, x.grad());
  }
  return bits;
}

constexpr Bits (*programs[])() = {xor_training, classifier_training,
                                  products_and_second_derivatives, views_in_place};

/// f(i) on thread i, all at once.
void on_threads(const std::function<void(int)>& f) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back(f, i);
  for (std::thread& t : threads) t.join();
}

TEST(EagerThreads, ProgramsAtOnceGiveTheBitsOfOneAlone) {
  constexpr size_t kPrograms = std::size(programs);
  std::vector<Bits> alone;
  for (const auto& program : programs) alone.push_back(program());
  std::vector<std::vector<Bits>> together(kThreads, std::vector<Bits>(kPrograms));
  on_threads([&](int thread) {
    for (size_t i = 0; i < kPrograms; ++i) {
      const size_t p = (i + size_t(thread)) % kPrograms;
      together[size_t(thread)][p] = programs[p]();
    }
  });
  for (const std::vector<Bits>& bits : together) EXPECT_EQ(bits, alone);
}

TEST(EagerThreads, OneModelMayServeAllOfThem) {
  nn::Sequential model(nn::Linear(20, 32), nn::Sigmoid(), nn::Linear(32, 10));
  set_weights(model);
  const auto serve = [&](int i) {
    torch::NoGradGuard guard;
    Bits bits;
    for (int k = 0; k < 20; ++k) append(bits, model->forward(numbers({1 + (i + k) % 4, 20}, 1, i)));
    return bits;
  };
  std::vector<Bits> alone, together(kThreads);
  for (int i = 0; i < kThreads; ++i) alone.push_back(serve(i));
  on_threads([&](int i) { together[size_t(i)] = serve(i); });
  EXPECT_EQ(together, alone);
}

TEST(EagerThreads, AGraphMayBeWalkedAndFreedOnAnotherThreadThanItWasRecordedOn) {
  const auto record = [](int i, Tensor* x) {
    *x = numbers({4, 6}, 1, i).requires_grad_();
    return torch::softmax(torch::matmul(*x, x->t()), 1).square().sum();
  };
  std::vector<Bits> here(kThreads), there(kThreads);
  std::vector<Tensor> leaves(kThreads), losses;
  for (int i = 0; i < kThreads; ++i) {
    Tensor x;
    record(i, &x).backward();
    append(here[size_t(i)], x.grad());
    losses.push_back(record(i, &leaves[size_t(i)]));
  }
  on_threads([&](int i) {
    losses[size_t(i)].backward();
    losses[size_t(i)].reset();
    append(there[size_t(i)], leaves[size_t(i)].grad());
  });
  EXPECT_EQ(there, here);
}

TEST(EagerThreads, GradientsThroughOneGraphAreAskedForOnAllOfThem) {
  const Tensor x = numbers({4, 6}, 1, 0).requires_grad_();
  const Tensor y = torch::matmul(torch::sigmoid(x), x.t()).sum();
  const auto gradient = [&] {
    Bits bits;
    append(bits, torch::autograd::grad({y}, {x}, {}, /*retain_graph=*/true)[0]);
    return bits;
  };
  const Bits alone = gradient();
  std::vector<Bits> together(kThreads);
  on_threads([&](int i) { together[size_t(i)] = gradient(); });
  for (const Bits& bits : together) EXPECT_EQ(bits, alone);
}

}  // namespace
