// Five steps of each optimizer with each of its options on fixed gradients, parameter groups, and
// the schedulers.
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "tests/libtorch/torch.h"

using namespace torch::optim;
using Make = std::function<std::unique_ptr<Optimizer>(std::vector<torch::Tensor>)>;

static void run(const char* name, const Make& make) {
  for (auto dtype : {torch::kFloat, torch::kDouble}) {
    auto a = torch::tensor({{1.0, -2.0, 0.5}, {0.25, 3.0, -1.0}}, dtype).set_requires_grad(true);
    auto b = torch::tensor({0.1, -0.2}, dtype).set_requires_grad(true);
    auto unused = torch::ones({1}, dtype).set_requires_grad(true);
    auto optimizer = make({a, b, unused});
    for (int step = 0; step < 5; ++step) {
      a.mutable_grad() = (torch::arange(6, dtype).view({2, 3}) * 0.9 + step).cos();
      b.mutable_grad() = (torch::arange(2, dtype) * 1.7 + step).sin();
      optimizer->step();
    }
    std::cout << name << " " << a.scalar_type();
    auto flat = torch::cat({a.detach().flatten(), b.detach(), unused.detach()}).to(torch::kDouble);
    for (int64_t i = 0; i < flat.numel(); ++i)
      std::printf(" %.10g", flat.data_ptr<double>()[i]), std::fflush(stdout);
    std::cout << std::endl;
  }
}
template <class O, class Options> static void run(const char* name, Options options) {
  run(name, [options](std::vector<torch::Tensor> p) { return std::make_unique<O>(p, options); });
}

int main() {
  run<SGD>("sgd", SGDOptions(0.1));
  run<SGD>("sgd momentum", SGDOptions(0.1).momentum(0.9));
  run<SGD>("sgd dampening", SGDOptions(0.1).momentum(0.9).dampening(0.3));
  run<SGD>("sgd nesterov", SGDOptions(0.1).momentum(0.9).nesterov(true));
  run<SGD>("sgd decay", SGDOptions(0.1).weight_decay(0.05));
  run<Adam>("adam", AdamOptions(0.1));
  run<Adam>("adam betas", AdamOptions(0.1).betas(std::make_tuple(0.5, 0.7)).eps(1e-3));
  run<Adam>("adam decay", AdamOptions(0.1).weight_decay(0.1));
  run<Adam>("adam amsgrad", AdamOptions(0.1).amsgrad(true).betas({0.5, 0.5}));
  run<AdamW>("adamw", AdamWOptions(0.1));
  run<AdamW>("adamw decay", AdamWOptions(0.1).weight_decay(0.3).amsgrad(true));
  run<RMSprop>("rmsprop", RMSpropOptions(0.1));
  run<RMSprop>("rmsprop centered", RMSpropOptions(0.1).centered(true).alpha(0.9));
  run<RMSprop>("rmsprop momentum", RMSpropOptions(0.1).momentum(0.5).weight_decay(0.1));
  run<Adagrad>("adagrad", AdagradOptions(0.1));
  run<Adagrad>("adagrad decay",
               AdagradOptions(0.1).lr_decay(0.1).weight_decay(0.1).initial_accumulator_value(0.5));

  auto p = torch::tensor({1.0, 2.0}, torch::requires_grad()),
       q = torch::tensor({3.0}, torch::requires_grad());
  std::vector<OptimizerParamGroup> groups;
  groups.emplace_back(std::vector<torch::Tensor>{p});
  groups.emplace_back(std::vector<torch::Tensor>{q},
                      std::make_unique<AdamOptions>(AdamOptions().weight_decay(0.5)));
  Adam adam(groups, AdamOptions(0.2).eps(1e-4));
  std::cout << adam.param_groups().size() << adam.size() << " "
            << adam.param_groups()[0].options().get_lr() << "\n";
  auto& second = static_cast<AdamOptions&>(adam.param_groups()[1].options());
  std::cout << second.lr() << " " << second.weight_decay() << " " << second.eps() << "\n";
  second.lr(0.01);
  for (int i = 0; i < 3; ++i) {
    auto loss = adam.step([&] {
      adam.zero_grad();
      auto l = (p * p).sum() + (q * q * q).sum();
      l.backward();
      return l;
    });
    std::cout << loss.item<float>() << "\n" << p << "\n" << q << "\n";
  }
  adam.zero_grad();
  std::cout << p.grad().defined() << "\n";
  adam.add_param_group(OptimizerParamGroup({torch::ones({1}, torch::requires_grad())}));
  std::cout << adam.param_groups().size() << " " << adam.param_groups()[2].options().get_lr()
            << "\n";

  SGD sgd({p}, SGDOptions(1.0));
  StepLR scheduler(sgd, 3, 0.5);
  for (int i = 0; i < 8; ++i) {
    scheduler.step();
    std::cout << sgd.param_groups()[0].options().get_lr() << " ";
  }
  sgd.param_groups()[0].options().set_lr(1.0);
  ReduceLROnPlateauScheduler plateau(sgd, ReduceLROnPlateauScheduler::min, 0.5f, 1);
  for (float metric : {1.0f, 0.9f, 0.9f, 0.9f, 0.9f, 0.5f, 0.6f, 0.6f, 0.6f}) {
    plateau.step(metric);
    std::cout << sgd.param_groups()[0].options().get_lr() << " ";
  }
  std::cout << "\n";
  try {
    SGD wrong({p}, SGDOptions(0.1).momentum(-1));
  } catch (const std::exception&) {
    std::cout << "a negative momentum is an error\n";
  }
}
