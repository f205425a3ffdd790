// The tutorial's convolutional network, on the first images of Fashion-MNIST.
#include <cmath>

#include "tests/libtorch/fashion_mnist.h"

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

struct Net : nn::Module {
  Net()
      : conv1(nn::Conv2dOptions(1, 6, 5)),
        conv2(nn::Conv2dOptions(6, 8, 5)),
        fc1(128, 20),
        fc2(20, 10) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("drop", drop);
    register_module("fc1", fc1);
    register_module("fc2", fc2);
  }
  Tensor forward(Tensor x) {
    x = torch::relu(torch::max_pool2d(conv1->forward(x), 2));
    x = torch::relu(torch::max_pool2d(drop->forward(conv2->forward(x)), 2));
    x = x.view({-1, 128});
    x = torch::relu(fc1->forward(x));
    x = torch::dropout(x, /*p=*/0.5, /*train=*/false);
    return torch::log_softmax(fc2->forward(x), /*dim=*/1);
  }
  nn::Conv2d conv1, conv2;
  nn::Dropout drop{nn::DropoutOptions(0.0)};
  nn::Linear fc1, fc2;
};

int main() {
  Images train = fashion_mnist("train", 160), test = fashion_mnist("t10k", 64);
  std::cout << train.pixels.mean() << "\n" << train.labels.narrow(0, 0, 10) << "\n";
  auto net = std::make_shared<Net>();
  {
    torch::NoGradGuard no_grad;
    for (Tensor p : net->parameters()) {
      double fan = double(p.numel()) / double(p.size(0));
      p.copy_((torch::arange(p.numel(), torch::kDouble) * 12.9898 + 1).sin().view(p.sizes()) /
              std::sqrt(fan));
    }
  }
  std::cout << *net << "\n";
  torch::optim::SGD optimizer(net->parameters(), torch::optim::SGDOptions(0.02).momentum(0.5));
  for (int64_t batch = 0; batch < 5; ++batch) {
    auto images = train.pixels.narrow(0, batch * 32, 32);
    auto labels = train.labels.narrow(0, batch * 32, 32);
    optimizer.zero_grad();
    auto output = net->forward(images);
    auto loss = torch::nll_loss(output, labels);
    loss.backward();
    optimizer.step();
    std::printf("batch %d loss %.4f\n", int(batch), loss.item<float>());
    std::fflush(stdout);
  }
  for (const auto& p : net->named_parameters()) {
    std::printf("%s %.4f %.4f\n", p.key().c_str(), p.value().norm().item<float>(),
                p.value().grad().norm().item<float>());
    std::fflush(stdout);
  }
  net->eval();
  torch::NoGradGuard no_grad;
  auto output = net->forward(test.pixels);
  auto loss = F::nll_loss(output, test.labels, F::NLLLossFuncOptions().reduction(torch::kSum));
  std::printf("test %.3f\n", loss.item<float>());
}
