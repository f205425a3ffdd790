// Tensors, modules and optimizers through a stream and back.
#include <sstream>

#include "tests/libtorch/torch.h"

using torch::Tensor;

struct NetImpl : torch::nn::Module {
  NetImpl() {
    fc1 = register_module("fc1", torch::nn::Linear(2, 3));
    fc2 = register_module("fc2", torch::nn::Linear(3, 1));
    scale = register_buffer("scale", torch::ones({1}));
  }
  Tensor forward(Tensor x) { return fc2(torch::tanh(fc1(x))) * scale; }
  torch::nn::Linear fc1{nullptr}, fc2{nullptr};
  Tensor scale;
};
TORCH_MODULE(Net);

static void set(Net& net) {
  torch::NoGradGuard guard;
  double v = -0.5;
  for (auto& p : net->parameters()) {
    p.copy_(torch::linspace(v, v + 1, p.numel()).view(p.sizes()));
    v += 0.1;
  }
  net->scale.fill_(3);
}

static void train(Net& net, torch::optim::Optimizer& optimizer) {
  const Tensor x = torch::tensor({{0.0, 1.0}, {1.0, 0.5}}), y = torch::tensor({{1.0}, {-1.0}});
  for (int i = 0; i < 5; ++i) {
    optimizer.zero_grad();
    Tensor loss = torch::mse_loss(net(x), y);
    loss.backward();
    optimizer.step();
    std::cout << loss.item<float>() << "\n";
  }
}

int main() {
  std::stringstream a, b, c, d;
  torch::save(torch::tensor({{1, 2}, {3, 4}}), a);
  Tensor t;
  torch::load(t, a);
  std::cout << t << "\n";

  std::vector<Tensor> in = {torch::arange(3), torch::eye(2)}, out;
  torch::save(in, b);
  torch::load(out, b);
  std::cout << out.size() << out[0] << out[1] << "\n";

  Net net, other;
  set(net);
  torch::optim::SGD sgd(net->parameters(), torch::optim::SGDOptions(0.05).momentum(0.9));
  train(net, sgd);
  torch::save(net, c);
  torch::save(sgd, d);
  torch::load(other, c);
  torch::optim::SGD again(other->parameters(), torch::optim::SGDOptions(0.5));
  torch::load(again, d);
  std::cout << other->scale << "\n";
  train(net, sgd);
  train(other, again);

  torch::serialize::OutputArchive archive;
  archive.write("x", torch::ones({2}));
  std::stringstream e;
  archive.save_to(e);
  torch::serialize::InputArchive read;
  read.load_from(e);
  Tensor x, y;
  read.read("x", x);
  std::cout << x << read.try_read("y", y) << "\n";
}
