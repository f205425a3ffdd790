// Linear regression by every optimizer, and by the normal equations' gradient alone.
#include <functional>
#include <memory>

#include "tests/libtorch/torch.h"

namespace optim = torch::optim;
using torch::Tensor;

int main() {
  Tensor x = torch::linspace(-1, 1, 20).view({10, 2}).pow(2) * torch::tensor({1.0, -2.0});
  Tensor y = x.matmul(torch::tensor({{1.5}, {-0.5}})) + 0.25;
  using Make = std::function<std::unique_ptr<optim::Optimizer>(std::vector<Tensor>)>;
  std::vector<std::pair<std::string, Make>> optimizers = {
      {"SGD",
       [](std::vector<Tensor> p) {
         return std::make_unique<optim::SGD>(
             p, optim::SGDOptions(0.1).momentum(0.8).nesterov(true).weight_decay(1e-3));
       }},
      {"Adam",
       [](std::vector<Tensor> p) {
         return std::make_unique<optim::Adam>(p, optim::AdamOptions(0.1).amsgrad(true));
       }},
      {"AdamW",
       [](std::vector<Tensor> p) {
         return std::make_unique<optim::AdamW>(p, optim::AdamWOptions(0.1).weight_decay(0.05));
       }},
      {"RMSprop",
       [](std::vector<Tensor> p) {
         return std::make_unique<optim::RMSprop>(
             p, optim::RMSpropOptions(0.02).centered(true).momentum(0.5));
       }},
      {"Adagrad",
       [](std::vector<Tensor> p) {
         return std::make_unique<optim::Adagrad>(p, optim::AdagradOptions(0.3).lr_decay(0.01));
       }},
  };
  for (const auto& [name, make] : optimizers) {
    torch::nn::Linear model(2, 1);
    {
      torch::NoGradGuard no_grad;
      model->weight.fill_(0.1);
      model->bias.zero_();
    }
    auto optimizer = make(model->parameters());
    std::printf("%s", name.c_str());
    for (int step = 0; step <= 60; ++step) {
      optimizer->zero_grad();
      Tensor loss = torch::mse_loss(model(x), y);
      loss.backward();
      optimizer->step();
      if (step % 15 == 0) std::printf(" %.4f", loss.item<float>());
    }
    std::printf("  w %.3f %.3f b %.3f\n", model->weight[0][0].item<float>(),
                model->weight[0][1].item<float>(), model->bias.item<float>());
  }
  // A closure evaluates the model within step().
  torch::nn::Linear model(2, 1);
  {
    torch::NoGradGuard no_grad;
    for (Tensor p : model->parameters()) p.fill_(0.5);
  }
  optim::SGD sgd(model->parameters(), 0.2);
  for (int step = 0; step < 3; ++step) {
    Tensor loss = sgd.step([&] {
      sgd.zero_grad();
      Tensor l = torch::mse_loss(model(x), y);
      l.backward();
      return l;
    });
    std::printf("closure %.4f\n", loss.item<float>());
  }

  // Least squares by plain gradient descent on (X^T X) w = X^T y.
  Tensor design = torch::cat({x, torch::ones({10, 1})}, 1).to(torch::kDouble);
  Tensor a = design.t().mm(design), b = design.t().mm(y.to(torch::kDouble));
  Tensor w = torch::zeros({3, 1}, torch::kDouble);
  for (int i = 0; i < 2000; ++i) w -= 0.05 * (a.mm(w) - b);
  std::printf("least squares %.4f %.4f %.4f\n", w[0].item<double>(), w[1].item<double>(),
              w[2].item<double>());
}
