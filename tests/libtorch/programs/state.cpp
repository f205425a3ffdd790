// The state of a model, carried over by name to another of the same shape; shared parameters.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
using torch::Tensor;

struct NetImpl : nn::Module {
  NetImpl() : features(nn::Linear(3, 4), nn::BatchNorm1d(4), nn::ReLU()), head(4, 2) {
    register_module("features", features);
    register_module("head", head);
  }
  Tensor forward(Tensor x) { return head(features->forward(x)); }
  nn::Sequential features;
  nn::Linear head;
};
TORCH_MODULE(Net);

static void train(Net& net, int steps) {
  Tensor x = (torch::arange(18, torch::kFloat) * 1.1).sin().view({6, 3});
  torch::optim::SGD sgd(net->parameters(), 0.1);
  for (int i = 0; i < steps; ++i) {
    sgd.zero_grad();
    net->forward(x).square().mean().backward();
    sgd.step();
  }
}

static void copy_state(const nn::Module& from, nn::Module& to) {
  torch::NoGradGuard no_grad;
  auto parameters = to.named_parameters(), buffers = to.named_buffers();
  for (const auto& p : from.named_parameters()) parameters[p.key()].copy_(p.value());
  for (const auto& b : from.named_buffers()) buffers[b.key()].copy_(b.value());
}

static void print(const nn::Module& m) {
  for (const auto& p : m.named_parameters()) {
    std::printf("%s %.4f\n", p.key().c_str(), p.value().sum().item<float>());
  }
  for (const auto& b : m.named_buffers()) {
    std::printf("%s %.4f\n", b.key().c_str(), b.value().to(torch::kFloat).sum().item<float>());
  }
  std::fflush(stdout);
}

int main() {
  Net a, b;
  {
    torch::NoGradGuard no_grad;
    double phase = 0;
    for (Tensor p : a->parameters()) {
      p.copy_((torch::arange(p.numel()) * 2.3 + phase++).sin().view(p.sizes()));
    }
  }
  train(a, 3);
  print(*a);
  copy_state(*a, *b);
  a->eval(), b->eval();
  Tensor x = torch::linspace(-1, 1, 6).view({2, 3});
  std::cout << torch::equal(a(x), b(x)) << "\n";
  a->train();
  train(a, 1);
  a->eval();
  std::cout << torch::equal(a(x), b(x)) << "\n";
  copy_state(*a, *b);
  std::cout << torch::equal(a(x), b(x)) << "\n";

  // A handle is the same module; parameters are the same tensors.
  Net c = a;
  c->head->bias.set_data(torch::tensor({10.0, 20.0}));
  std::cout << a->head->bias << "\n" << (c.get() == a.get()) << "\n";
  Tensor weight = a->named_parameters()["head.weight"];
  std::cout << weight.is_same(a->head->weight) << weight.equal(b->head->weight) << "\n";
  std::cout << a->named_parameters().contains("features.0.weight")
            << a->named_parameters().contains("features.weight") << " "
            << a->named_buffers().keys().size() << "\n";

  // Weights tied between two layers have one gradient.
  nn::Linear encode(nn::LinearOptions(3, 2).bias(false)),
      decode(nn::LinearOptions(2, 3).bias(false));
  Tensor tied = torch::tensor({{0.5, -1.0, 0.25}, {1.5, 0.75, -0.5}}, torch::requires_grad());
  encode->weight = tied;
  Tensor y = encode(x).matmul(tied);
  (y - x).square().sum().backward();
  std::cout << tied.grad() << "\n" << encode->weight.grad().is_same(tied.grad()) << "\n";
  std::cout << decode->weight.grad().defined() << "\n";
}
