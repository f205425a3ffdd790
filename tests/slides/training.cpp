// Step 9: a loss says how wrong the outputs are, an optimizer moves the parameters against the
// gradient. The same loop trains XOR and a classifier of Fashion-MNIST.
#include <cmath>

#include "tests/libtorch/fashion_mnist.h"
#include "tests/slides/shown.h"

namespace nn = torch::nn;
using torch::Tensor;

/// Where training starts: numbers without pattern, as wide as PyTorch draws them.
static void start(nn::Module& net) {
  torch::NoGradGuard no_grad;
  for (Tensor p : net.parameters()) {
    double bound = 1 / std::sqrt(double(p.size(-1)));
    p.copy_(bound * torch::sin(torch::arange(p.numel()) * 12.9898 + 1).view(p.sizes()));
  }
}

static void learn_xor() {
  Tensor x = torch::tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  Tensor t = torch::tensor({{0.}, {1.}, {1.}, {0.}});

  nn::Sequential net(nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1));
  start(*net);
  nn::BCEWithLogitsLoss loss_of;
  torch::optim::Adam optimizer(net->parameters(), torch::optim::AdamOptions(0.05));
  for (int step = 0; step < 200; ++step) {
    Tensor loss = loss_of(net->forward(x), t);
    if (step % 50 == 0) std::printf("step %d: loss %.3f\n", step, loss.item<float>());
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
  }

  torch::NoGradGuard no_grad;
  shown(torch::equal((net->forward(x) > 0).to(torch::kFloat), t), "200 steps of Adam learn XOR.");
}

static void learn_fashion_mnist() {
  Images train = fashion_mnist("train", 6400), test = fashion_mnist("t10k", 1000);

  nn::Sequential net(nn::Flatten(), nn::Linear(28 * 28, 32), nn::ReLU(), nn::Linear(32, 10));
  start(*net);
  nn::CrossEntropyLoss loss_of;
  torch::optim::SGD optimizer(net->parameters(), torch::optim::SGDOptions(0.1).momentum(0.9));
  double first = 0, last = 0;
  for (int step = 0; step < 300; ++step) {
    int64_t from = step * 64 % 6400;
    Tensor images = train.pixels.narrow(0, from, 64), labels = train.labels.narrow(0, from, 64);
    Tensor loss = loss_of(net->forward(images), labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    last = loss.item<double>();
    if (step == 0) std::printf("first loss %.3f\n", first = last);
  }
  shown(last < first / 2, "After 300 batches of 64 images the loss is less than half the first.");

  torch::NoGradGuard no_grad;
  net->eval();
  Tensor predicted = net->forward(test.pixels).argmax(1);
  double right = (predicted == test.labels).to(torch::kFloat).mean().item<double>();
  shown(right > 0.75, "More than 3 in 4 of images not seen before are classified rightly.");
}

int main() {
  learn_xor();
  learn_fashion_mnist();
}
