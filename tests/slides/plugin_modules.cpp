// Step 8, continued: what nnrun adds to modules: state_dict(), errors that name the layers, and
// modules that come from a plug-in.
#include <nnrun/nnrun.h>

#include "tests/slides/shown.h"

namespace torch = nnrun;
namespace nn = torch::nn;

/// A container: functions, tensors and parameters, but no forward().
struct Store : nn::Module {
  Store() { table = register_parameter("table", torch::ones({2, 3})); }
  torch::Tensor row(int64_t i) { return table[i]; }
  torch::Tensor table;
};

int main() {
  auto store = std::make_shared<Store>();
  for (const auto& [name, tensor] : store->state_dict()) {
    std::cout << name << " " << tensor.sizes() << "\n";
  }
  shown(store->row(1).sum().item<float>() == 3, "A module can be a container that nobody calls.");
  nn::AnyModule any(store);
  try {
    any.forward(torch::ones({1}));
    shown(false, "forward() without one throws");
  } catch (const nnrun::Error& e) {
    std::cout << e.what() << "; " << e.hint() << "\n";
    shown(e.code() == nnrun::Code::not_implemented, "Called all the same, it is not implemented.");
  }

  nn::Sequential net(
      {{"hidden", nn::Linear(2, 5)}, {"squash", nn::Sigmoid()}, {"out", nn::Linear(4, 2)}});
  std::string why;
  shown(refuses(
            [&] {
              net->forward(torch::ones({3, 2}));
            },
            &why) &&
            why.find("'hidden'") < why.find("'out'") + why.size() &&
            why.find("in_features is 4") < why.size() && why.find("has 5") < why.size(),
        "Sizes that do not match name both layers and both sizes:");
  std::cout << why << "\n";

  shown(refuses([] { nn::make("Step"); }), "There is no built-in layer Step.");
  nnrun::plugins::load("step");
  nn::AnyModule step = nn::make("Step");
  nn::Sequential unit(nn::Linear(2, 1), step);
  std::cout << unit << "\n";
  {
    torch::NoGradGuard no_grad;
    auto linear = unit->at<nn::LinearImpl>(0);
    linear.weight.fill_(1);
    linear.bias.fill_(-1.5);
  }
  torch::Tensor x = torch::tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  torch::Tensor y = unit->forward(x);
  std::cout << y << "\n";
  shown(torch::equal(y, torch::tensor({{0.}, {0.}, {0.}, {1.}})),
        "After plugins::load(\"step\") it is a module as any other: this unit is AND.");
  y.sum().backward();
  shown(unit->parameters()[0].grad().abs().sum().item<float>() > 0,
        "Gradients pass through it, by the plug-in's own rule.");
}
