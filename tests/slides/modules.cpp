// Step 8: modules. A module holds parameters, buffers and other modules by name, and is called like
// a function.
#include "tests/libtorch/torch.h"
#include "tests/slides/shown.h"

namespace nn = torch::nn;
using torch::Tensor;

/// A module of one's own: what is registered is found by parameters(), to(), train() and save().
struct ScaledNet : nn::Module {
  ScaledNet() {
    hidden = register_module("hidden", nn::Linear(2, 3));
    scale = register_parameter("scale", torch::ones({3}));
    calls = register_buffer("calls", torch::zeros({}));
  }
  Tensor forward(Tensor x) {
    calls += 1;
    return torch::tanh(hidden(x)) * scale;
  }
  nn::Linear hidden{nullptr};
  Tensor scale, calls;
};

int main() {
  nn::Linear linear(2, 5);
  std::cout << linear << "\n";
  for (const Tensor& p : linear->parameters()) std::cout << p.sizes() << " ";
  std::cout << "\n";
  for (const auto& p : linear->named_parameters()) std::cout << p.key() << p.value().sizes() << " ";
  std::cout << "\n";
  Tensor x = torch::tensor({{0., 1.}, {2., 3.}, {4., 5.}});
  shown(torch::allclose(linear(x), x.mm(linear->weight.t()) + linear->bias),
        "Linear(2, 5) computes x W^T + b.");

  // Activations are functions, and modules for where a module is wanted.
  shown(torch::equal(nn::ReLU()(x - 2), torch::relu(x - 2)) &&
            torch::equal(nn::Sigmoid()(x), torch::sigmoid(x)),
        "An activation is the same as a function and as a module.");

  nn::Sequential net(nn::Linear(2, 5), nn::Sigmoid(), nn::Linear(5, 20), nn::Sigmoid(),
                     nn::Linear(20, 2));
  std::cout << net << "\n";
  shown(net->forward(x).sizes() == torch::IntArrayRef({3, 2}),
        "Sequential is called as one module.");
  for (const auto& p : net->named_parameters()) std::cout << p.key() << p.value().sizes() << " ";
  std::cout << "\n";

  auto own = std::make_shared<ScaledNet>();
  own->forward(x);
  for (const auto& p : own->named_parameters()) std::cout << p.key() << p.value().sizes() << " ";
  std::cout << "and the buffer";
  for (const auto& b : own->named_buffers()) std::cout << " " << b.key();
  std::cout << "\n";
  shown(own->calls.item<float>() == 1,
        "A module keeps what it is told to, as a count of its calls.");

  nn::Sequential noisy(nn::Dropout(0.5));
  Tensor ones = torch::ones({1000});
  shown(noisy->forward(ones).eq(0).any().item<bool>(), "In training, Dropout sets some to 0.");
  noisy->eval();
  shown(torch::equal(noisy->forward(ones), ones), "After eval() it lets everything through.");
  noisy->train();
  shown(noisy->is_training() && noisy->children()[0]->is_training(),
        "train() and eval() reach the modules inside.");

  own->to(torch::kCPU);
  own->to(torch::kDouble);
  shown(own->scale.scalar_type() == torch::kDouble &&
            own->forward(x.to(torch::kDouble)).scalar_type() == torch::kDouble,
        "to() moves all parameters and buffers to a device or an element type.");
}
