// Modules of the program's own, containers, and what they print of themselves.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;

/// Element i of each tensor is 0.3 sin(1.3 i + k), k its place among them.
static void set_values(const std::vector<torch::Tensor>& tensors) {
  torch::NoGradGuard guard;
  int64_t k = 0;
  for (auto t : tensors) {
    auto v = (torch::arange(t.numel(), torch::kDouble) * 1.3 + double(k++)).sin() * 0.3;
    t.copy_(v.view(t.sizes()));
  }
}

struct Net : nn::Module {
  Net(int64_t in, int64_t out) : fc(register_module("fc", nn::Linear(in, 4))) {
    head = register_module("head", nn::Linear(nn::LinearOptions(4, out).bias(false)));
    scale = register_parameter("scale", torch::ones({out}));
    seen = register_buffer("seen", torch::zeros({1}, torch::kLong));
  }
  torch::Tensor forward(torch::Tensor x) {
    if (is_training()) seen += 1;
    return head(torch::tanh(fc->forward(x))) * scale;
  }
  nn::Linear fc;
  nn::Linear head{nullptr};
  torch::Tensor scale, seen;
};

struct BlockImpl : nn::Module {
  explicit BlockImpl(int64_t n) : norm(nn::LayerNormOptions({n})), fc(n, n) {
    register_module("norm", norm);
    register_module("fc", fc);
  }
  torch::Tensor forward(const torch::Tensor& x) { return x + fc(norm(x)).relu(); }
  nn::LayerNorm norm;
  nn::Linear fc;
};
TORCH_MODULE(Block);

int main() {
  auto net = std::make_shared<Net>(3, 2);
  set_values(net->parameters());
  std::cout << *net << "\n" << net->name() << "\n";
  for (const auto& p : net->named_parameters())
    std::cout << p.key() << " " << p.value().sizes() << "\n" << p.value() << "\n";
  for (const auto& [name, b] : net->named_buffers().pairs()) std::cout << name << " " << b << "\n";
  auto x = torch::tensor({{1.0, -0.5, 0.25}, {0.0, 2.0, -1.0}});
  auto y = net->forward(x);
  std::cout << y << "\n";
  y.square().sum().backward();
  for (const auto& p : net->named_parameters()) std::cout << p.key() << "\n" << p->grad() << "\n";
  net->eval();
  net->forward(x);
  std::cout << net->seen << " " << net->is_training() << net->fc->is_training() << "\n";
  net->zero_grad();
  std::cout << net->fc->weight.grad().defined() << net->fc->weight.requires_grad() << "\n";
  for (const auto& m : net->named_modules("net"))
    std::cout << m.key() << ": " << *m.value() << "\n";
  for (const auto& c : net->children()) std::cout << c->name() << "\n";
  std::cout << net->named_parameters().size() << net->parameters(false).size()
            << net->named_parameters().contains("fc.bias") << "\n";
  net->apply([](nn::Module& m) {
    if (auto* linear = m.as<nn::Linear>()) std::cout << linear->options.out_features() << "\n";
  });
  net->to(torch::kDouble);
  std::cout << net->fc->weight << "\n" << net->forward(x.to(torch::kDouble)) << "\n";

  nn::Sequential blocks(Block(2), nn::ReLU(), nn::Linear(2, 1));
  set_values(blocks->parameters());
  std::cout << blocks << "\n" << blocks->forward(torch::tensor({{0.5, -1.5}})) << "\n";
  nn::Sequential named(
      {{"first", nn::Linear(2, 3)}, {"act", nn::Tanh()}, {"last", nn::Linear(3, 1)}});
  named->push_back("scale", nn::Functional([](torch::Tensor t) { return t * 2; }));
  set_values(named->parameters());
  std::cout << named << "\n" << named->forward(torch::tensor({{0.5, -1.5}})) << "\n";
  std::cout << named->size() << " " << *named[0] << " " << named->at<nn::LinearImpl>(2).weight
            << "\n";
  for (auto& m : *named) std::cout << m.ptr()->name() << "\n";
  nn::ModuleList list(nn::Linear(2, 2), nn::Sigmoid());
  list->push_back(nn::Linear(2, 1));
  set_values(list->parameters());
  auto h = torch::tensor({{0.5, -1.5}});
  h = list[0]->as<nn::Linear>()->forward(h);
  h = list[1]->as<nn::Sigmoid>()->forward(h);
  std::cout << list << "\n" << list[2]->as<nn::Linear>()->forward(h) << "\n";
  nn::AnyModule any(nn::Linear(nn::LinearOptions(2, 2)));
  set_values(any.ptr()->parameters());
  std::cout << any.forward(torch::tensor({{0.5, -1.5}})) << "\n"
            << any.get<nn::Linear>()->weight << "\n";
  auto replaced = std::make_shared<Net>(1, 1);
  replaced->fc = replaced->replace_module("fc", nn::Linear(2, 4));
  std::cout << *replaced << "\n";
  try {
    net->register_parameter("a.b", torch::ones({1}));
  } catch (const std::exception&) {
    std::cout << "a dot is an error\n";
  }

  std::cout << nn::Conv2d(nn::Conv2dOptions(1, 10, 5)) << "\n"
            << nn::Conv2d(nn::Conv2dOptions(4, 6, {3, 2})
                              .stride(2)
                              .padding({1, 0})
                              .dilation(2)
                              .groups(2)
                              .bias(false))
            << "\n"
            << nn::Conv2d(
                   nn::Conv2dOptions(1, 2, 3).padding(torch::kSame).padding_mode(torch::kReflect))
            << "\n"
            << nn::BatchNorm1d(nn::BatchNorm1dOptions(3).momentum(std::nullopt)) << "\n"
            << nn::Conv1d(2, 3, 4) << "\n"
            << nn::ConvTranspose2d(nn::ConvTranspose2dOptions(2, 3, 4).stride(2).output_padding(1))
            << "\n"
            << nn::BatchNorm1d(3) << "\n"
            << nn::BatchNorm2d(nn::BatchNorm2dOptions(3).eps(0.001).momentum(0.2).affine(false))
            << "\n"
            << nn::LayerNorm(nn::LayerNormOptions({2, 3}).eps(1e-4)) << "\n"
            << nn::Embedding(10, 3) << "\n"
            << nn::Embedding(nn::EmbeddingOptions(10, 3).padding_idx(2)) << "\n"
            << nn::Dropout(0.25) << "\n"
            << nn::Flatten() << "\n"
            << nn::Unflatten(1, std::vector<int64_t>{2, 3}) << "\n"
            << nn::Identity() << "\n"
            << nn::MaxPool2d(2) << "\n"
            << nn::MaxPool2d(nn::MaxPool2dOptions({3, 2}).stride(1).padding(1).ceil_mode(true))
            << "\n"
            << nn::AvgPool2d(nn::AvgPool2dOptions(3).stride(2)) << "\n"
            << nn::AdaptiveAvgPool2d(4) << "\n";
  std::cout << nn::ReLU() << nn::ReLU(true) << nn::ReLU6() << nn::SELU()
            << nn::ELU(nn::ELUOptions().alpha(0.5)) << nn::CELU()
            << nn::LeakyReLU(nn::LeakyReLUOptions().negative_slope(0.2).inplace(true)) << nn::GELU()
            << nn::SiLU() << nn::Mish() << nn::Sigmoid() << nn::Tanh() << nn::LogSigmoid()
            << nn::Softsign() << nn::Tanhshrink() << nn::Hardtanh() << nn::Hardshrink()
            << nn::Softshrink(0.25) << nn::Softplus() << nn::Threshold(0.5, 2.0) << nn::PReLU()
            << nn::Softmax(1) << nn::Softmin(0) << nn::LogSoftmax(1) << "\n";
}
