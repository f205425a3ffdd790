// Learning rates that change, groups of parameters with their own options, gradients clipped.
#include <cmath>

#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
namespace optim = torch::optim;
using torch::Tensor;

static Tensor param(std::vector<double> values) {
  return torch::tensor(values, torch::kDouble).requires_grad_();
}

static void print(const char* name, const Tensor& t) {
  std::printf("Double %s", name);
  for (int64_t i = 0; i < t.numel(); ++i) std::printf(" %.9g", t[i].item<double>());
  std::printf("\n");
  std::fflush(stdout);
}

int main() {
  Tensor w = param({1, -2}), v = param({0.5}), u = param({3, 4, 5});
  std::vector<optim::OptimizerParamGroup> groups;
  groups.emplace_back(std::vector<Tensor>{w});
  groups.emplace_back(std::vector<Tensor>{v},
                      std::make_unique<optim::SGDOptions>(optim::SGDOptions(0.5).momentum(0.9)));
  optim::SGD sgd(groups, optim::SGDOptions(0.1));
  sgd.add_param_group(optim::OptimizerParamGroup(
      {u}, std::make_unique<optim::SGDOptions>(optim::SGDOptions(0.01).weight_decay(0.1))));
  std::cout << sgd.param_groups().size() << " " << sgd.parameters().size() << " " << sgd.size()
            << "\n";
  optim::StepLR schedule(sgd, /*step_size=*/2, /*gamma=*/0.5);
  for (int epoch = 0; epoch < 6; ++epoch) {
    sgd.zero_grad();
    ((w * w).sum() + (v - 1).pow(2).sum() + u.exp().sum() / 100).backward();
    sgd.step();
    schedule.step();
    std::printf("Double rates");
    for (const auto& g : sgd.param_groups()) std::printf(" %.9g", g.options().get_lr());
    std::printf("\n");
    print("w", w), print("v", v), print("u", u);
  }
  sgd.param_groups()[0].options().set_lr(1.0);
  auto& options = static_cast<optim::SGDOptions&>(sgd.param_groups()[1].options());
  options.momentum(0);
  sgd.step();
  print("w", w), print("v", v);

  // The rate falls when the loss does not.
  Tensor x = param({1});
  optim::Adam adam({x}, optim::AdamOptions(0.1));
  optim::ReduceLROnPlateauScheduler plateau(adam, optim::ReduceLROnPlateauScheduler::min,
                                            /*factor=*/0.5f, /*patience=*/1);
  for (float loss : {1.0f, 0.9f, 0.95f, 0.94f, 0.93f, 0.92f, 0.5f, 0.5f, 0.5f, 0.5f}) {
    plateau.step(loss);
    std::printf("Double %.9g\n", adam.param_groups()[0].options().get_lr());
  }

  // The norm of all gradients together, or each element, is kept in bounds.
  Tensor a = param({3, 4}), b = param({12});
  auto loss = [&] { return (a * a).sum() / 2 + (b * b).sum() / 2; };
  loss().backward();
  std::printf("Double %.9g\n", nn::utils::clip_grad_norm_(std::vector<Tensor>{a, b}, 1.0));
  print("a", a.grad()), print("b", b.grad());
  std::printf("Double %.9g\n", nn::utils::clip_grad_norm_(std::vector<Tensor>{a, b}, 100.0));
  std::printf("Double %.9g\n",
              nn::utils::clip_grad_norm_(std::vector<Tensor>{a, b}, 0.5, INFINITY));
  print("a", a.grad()), print("b", b.grad());
  loss().backward();
  nn::utils::clip_grad_value_(std::vector<Tensor>{a, b}, 4);
  print("a", a.grad()), print("b", b.grad());
  print("vector", nn::utils::parameters_to_vector({a, b}));
  nn::utils::vector_to_parameters(torch::tensor({7.0, 8.0, 9.0}, torch::kDouble), {a, b});
  print("a", a), print("b", b);
}
