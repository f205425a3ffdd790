// Modules as values: clones, options that change, single samples, what a module is made of.
#include "tests/libtorch/torch.h"

using torch::Tensor;
namespace nn = torch::nn;
namespace F = torch::nn::functional;

struct BlockImpl : nn::Cloneable<BlockImpl> {
  explicit BlockImpl(int64_t channels) : channels(channels) { reset(); }
  void reset() override {
    conv = register_module("conv", nn::Conv2d(nn::Conv2dOptions(1, channels, 2).bias(false)));
    pool = register_module("pool", nn::MaxPool2d(2));
    fc = register_module("fc", nn::Sequential(nn::Linear(channels, 2), nn::Tanh()));
    scale = register_parameter("scale", torch::ones({1}));
    calls = register_buffer("calls", torch::zeros({1}));
  }
  Tensor forward(Tensor x) {
    calls.add_(1);
    return fc->forward(pool(conv(x)).flatten(1)) * scale;
  }
  int64_t channels;
  nn::Conv2d conv{nullptr};
  nn::MaxPool2d pool{nullptr};
  nn::Sequential fc{nullptr};
  Tensor scale, calls;
};
TORCH_MODULE(Block);

struct PlainImpl : nn::Module {};

static void set(nn::Module& m) {
  torch::NoGradGuard guard;
  for (auto& p : m.parameters()) p.copy_(torch::linspace(-1, 1, p.numel()).view(p.sizes()));
}

static Tensor image(std::vector<int64_t> sizes) {
  const Tensor n = torch::arange(24, torch::kFloat);
  return (n.slice(0, 0, sizes[0] * sizes[1] * sizes[2]) / 10).view(sizes);
}

int main() {
  Block a(2);
  set(*a);
  const Tensor x = image({1, 3, 3}).unsqueeze(0);
  std::cout << a(x) << "\n";
  auto b = std::dynamic_pointer_cast<BlockImpl>(a->clone());
  std::cout << b->forward(x) << b->calls << a->calls << "\n";
  {
    torch::NoGradGuard guard;
    b->scale.fill_(2);
    b->conv->weight.zero_();
  }
  std::cout << b->forward(x) << a(x) << "\n";
  b->forward(x).sum().backward();
  std::cout << a->scale.grad().defined() << b->scale.grad() << "\n";
  for (auto& m : a->named_modules("net")) std::cout << m.key() << " " << *m.value() << "\n";
  std::cout << a->modules(false).size() << " " << a->children().size() << "\n";
  a->apply([](const std::string& name, nn::Module& m) {
    std::cout << "[" << name << "] " << m.parameters(false).size() << "\n";
  });
  a->apply([](nn::Module& m) {
    if (auto* fc = m.as<nn::Linear>()) {
      fc->bias.requires_grad_(false);
      fc->bias.fill_(0.5);
    }
  });
  std::cout << a(x) << "\n";
  try {
    std::make_shared<PlainImpl>()->clone();
  } catch (const std::exception&) {
    std::cout << "not cloneable\n";
  }
  nn::Sequential s(nn::Linear(2, 2), nn::ReLU());
  set(*s);
  auto t = std::dynamic_pointer_cast<nn::SequentialImpl>(s->clone());
  std::cout << t->forward(torch::ones({1, 2})) << t->size() << "\n";

  nn::Conv2d conv(nn::Conv2dOptions(1, 1, 2));
  set(*conv);
  const Tensor wide = image({1, 4, 6});
  std::cout << conv(wide) << "\n";
  conv->options.stride(2);
  std::cout << conv(wide) << "\n";
  nn::Softmax softmax(0);
  softmax->options.dim(1);
  std::cout << softmax(torch::ones({2, 4})) << "\n";

  std::cout << nn::MaxPool2d(2)(wide) << nn::AvgPool2d(2)(wide) << nn::AdaptiveAvgPool2d(1)(wide)
            << F::max_pool2d(wide, F::MaxPool2dFuncOptions(3)) << "\n";
  nn::Conv1d conv1(nn::Conv1dOptions(4, 1, 3));
  set(*conv1);
  std::cout << conv1(wide[0]) << "\n";

  const Tensor logits = torch::tensor({{1.0, 2.0, 0.5}, {0.0, -1.0, 3.0}}, torch::requires_grad());
  const Tensor p = torch::tensor({{0.25, 0.5, 0.25}, {0.0, 0.125, 0.875}});
  const Tensor w = torch::tensor({1.0, 2.0, 0.5});
  for (double smoothing : {0.0, 0.25}) {
    const auto o = F::CrossEntropyFuncOptions().label_smoothing(smoothing);
    std::cout << F::cross_entropy(logits, p, o) << "\n"
              << F::cross_entropy(logits, p, F::CrossEntropyFuncOptions(o).weight(w)) << "\n"
              << F::cross_entropy(logits, p, F::CrossEntropyFuncOptions(o).reduction(torch::kNone))
              << F::cross_entropy(logits, p, F::CrossEntropyFuncOptions(o).reduction(torch::kSum))
              << "\n";
  }
  std::cout << F::cross_entropy(logits[0], p[0]) << F::cross_entropy(logits[0], torch::tensor(1))
            << "\n";
  F::cross_entropy(logits, p).backward();
  std::cout << logits.grad() << "\n";
}
