// One side of a comparison (compare): small programs in libtorch's names, compiled against nnrun
// and against libtorch, run as told on standard input on one thread.
//
//   PROGRAM NAME
//     restart    from the first weights         ->  "ok"
//     run N      N times                        ->  nanoseconds, a value of the last one
#ifdef NNRUN_WITH_LIBTORCH
#include <torch/torch.h>
#else
#include <nnrun/nnrun.h>
namespace torch = nnrun;
#endif

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>

namespace {

namespace nn = torch::nn;
using torch::Tensor;

/// One time of a program; the tensor's sum is compared.
using Step = std::function<Tensor()>;

Tensor numbers(torch::IntArrayRef sizes, double scale, double phase) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  return ((torch::arange(n, torch::kDouble) * 1.3 + phase).sin() * scale)
      .to(torch::kFloat)
      .view(sizes);
}

/// Weights as large as the layer is wide asks for.
void set_weights(nn::Sequential& model) {
  torch::NoGradGuard guard;
  double phase = 0;
  for (Tensor& p : model->parameters()) {
    const double scale = p.dim() == 2 ? 1 / std::sqrt(double(p.size(1))) : 0.1;
    p.copy_(numbers(p.sizes(), scale, ++phase));
  }
}

struct Training {
  nn::Sequential model;
  std::unique_ptr<torch::optim::SGD> optimizer;

  Training(nn::Sequential m, const torch::optim::SGDOptions& options) : model(std::move(m)) {
    set_weights(model);
    optimizer = std::make_unique<torch::optim::SGD>(model->parameters(), options);
  }
  template <class Loss> Tensor step(const Tensor& x, Loss loss_of) {
    optimizer->zero_grad();
    Tensor loss = loss_of(model->forward(x));
    loss.backward();
    optimizer->step();
    return loss;
  }
};

nn::Sequential xor_model() {
  return nn::Sequential(nn::Linear(2, 8), nn::Sigmoid(), nn::Linear(8, 1), nn::Sigmoid());
}
Tensor xor_inputs() { return torch::tensor({{0.F, 0.F}, {0.F, 1.F}, {1.F, 0.F}, {1.F, 1.F}}); }

Step add() {
  return [a = numbers({4}, 1, 0), b = numbers({4}, 1, 1)] { return a + b; };
}
Step add_with_grad() {
  return [a = numbers({4}, 1, 0).set_requires_grad(true), b = numbers({4}, 1, 1)] { return a + b; };
}
Step mm() {
  return [a = numbers({4, 4}, 1, 0), b = numbers({4, 4}, 1, 1)] { return torch::mm(a, b); };
}
Step sigmoid() {
  return [a = numbers({4}, 1, 0)] { return torch::sigmoid(a); };
}
Step xor_training() {
  auto t = std::make_shared<Training>(xor_model(), torch::optim::SGDOptions(0.5).momentum(0.9));
  return [t, x = xor_inputs(), y = torch::tensor({{0.F}, {1.F}, {1.F}, {0.F}})] {
    return t->step(x, [&](const Tensor& out) { return torch::mse_loss(out, y); });
  };
}
Step xor_inference() {
  nn::Sequential model = xor_model();
  set_weights(model);
  return [model, x = xor_inputs()]() mutable {
    torch::NoGradGuard guard;
    return model->forward(x);
  };
}
Step mlp_training() {
  constexpr int64_t kBatch = 128, kBatches = 8;
  auto t = std::make_shared<Training>(
      nn::Sequential(nn::Linear(784, 512), nn::ReLU(), nn::Linear(512, 512), nn::ReLU(),
                     nn::Linear(512, 10)),
      torch::optim::SGDOptions(0.01).momentum(0.9));
  const Tensor images = numbers({kBatch * kBatches, 784}, 0.5, 0) + 0.5;
  const Tensor labels = torch::arange(8).repeat({kBatch * kBatches / 8});
  auto next = std::make_shared<int64_t>(0);
  return [=] {
    const int64_t at = *next * kBatch;
    *next = (*next + 1) % kBatches;
    return t->step(images.narrow(0, at, kBatch), [&](const Tensor& out) {
      return nn::functional::cross_entropy(out, labels.narrow(0, at, kBatch));
    });
  };
}

const std::map<std::string, Step (*)()> programs = {
    {"add", add},
    {"add_with_grad", add_with_grad},
    {"mm", mm},
    {"sigmoid", sigmoid},
    {"xor_training", xor_training},
    {"xor_inference", xor_inference},
    {"mlp_training", mlp_training},
};

}  // namespace

int main(int argc, char** argv) try {
  const auto program = programs.find(argc == 2 ? argv[1] : "");
  if (program == programs.end()) {
    std::fprintf(stderr, "usage: %s NAME, one of:", argv[0]);
    for (const auto& [name, make] : programs) std::fprintf(stderr, " %s", name.c_str());
    std::fprintf(stderr, "\n");
    return 2;
  }
  torch::set_num_threads(1);
  Step step = program->second();
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string command;
    int64_t n = 0;
    words >> command >> n;
    if (command == "restart") {
      step = program->second();
      std::printf("ok\n");
    } else if (command == "run" && n > 0) {
      Tensor last;
      const auto began = std::chrono::steady_clock::now();
      for (int64_t i = 0; i < n; ++i) last = step();
      const std::chrono::nanoseconds took = std::chrono::steady_clock::now() - began;
      std::printf("%lld %.9g\n", static_cast<long long>(took.count()), last.sum().item<double>());
    } else {
      std::fprintf(stderr, "%s: not a command: %s\n", argv[0], line.c_str());
      return 2;
    }
    std::fflush(stdout);
  }
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s: %s\n", argv[0], e.what());
  return 1;
}
