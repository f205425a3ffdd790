// A module made of modules: what is found in it by name, what reaches what is inside.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
using torch::Tensor;

struct BlockImpl : nn::Module {
  BlockImpl(int64_t in, int64_t out, bool norm = true) : linear(in, out) {
    register_module("linear", linear);
    if (norm) this->norm = register_module("norm", nn::LayerNorm(nn::LayerNormOptions({out})));
    gain = register_parameter("gain", torch::full({out}, 0.5));
    seen = register_buffer("seen", torch::zeros({1}, torch::kLong));
  }
  Tensor forward(Tensor x) {
    x = linear(x);
    if (norm) x = norm(x);
    if (is_training()) seen += x.size(0);
    return torch::relu(x) * gain;
  }
  nn::Linear linear;
  nn::LayerNorm norm{nullptr};
  Tensor gain, seen;
};
TORCH_MODULE(Block);

struct Net : nn::Module {
  Net() : nn::Module("Net") {
    for (int64_t i = 0; i < 3; ++i) blocks->push_back(Block(4, 4, i != 1));
    register_module("blocks", blocks);
    head = register_module("head", nn::Linear(nn::LinearOptions(4, 2).bias(false)));
    scale = register_parameter("scale", torch::tensor({2.0, 3.0}), /*requires_grad=*/false);
  }
  Tensor forward(Tensor x) {
    for (const auto& block : *blocks) x = x + block->as<Block>()->forward(x);
    return head(x) * scale;
  }
  nn::ModuleList blocks;
  nn::Linear head{nullptr};
  Tensor scale;
};

int main() {
  auto net = std::make_shared<Net>();
  std::cout << *net << "\n" << net->name() << "\n";
  {
    torch::NoGradGuard no_grad;
    int64_t k = 0;
    for (const auto& p : net->named_parameters()) {
      std::cout << p.key() << " " << p.value().sizes() << " " << p.value().requires_grad() << "\n";
      if (p.value().dim() == 2) {
        p.value().copy_(
            (torch::arange(p.value().numel()) * 1.7 + double(k++)).sin().view(p.value().sizes()));
      }
    }
    for (const auto& p : net->named_parameters()) {
      if (p.key().find("bias") != std::string::npos) p.value().fill_(0.25);
    }
  }
  for (const auto& b : net->named_buffers())
    std::cout << b.key() << " " << b.value().sizes() << "\n";
  for (const auto& m : net->named_modules()) std::cout << "'" << m.key() << "' ";
  std::cout << "\n";
  for (const auto& m : net->named_children()) std::cout << m.key() << " ";
  std::cout << "\n"
            << net->parameters().size() << " " << net->parameters(false).size() << " "
            << net->buffers().size() << " " << net->modules().size() << " "
            << net->children().size() << "\n";

  Tensor x = torch::linspace(-1, 1, 12).view({3, 4});
  Tensor y = net->forward(x);
  y.sum().backward();
  std::cout << y << "\n";
  for (const auto& p : net->named_parameters()) {
    if (p.value().grad().defined()) {
      std::cout << p.key() << " " << p.value().grad().norm().item<float>() << "\n";
    }
  }
  std::cout << net->blocks->ptr<BlockImpl>(0)->seen << "\n";
  net->eval();
  net->forward(x);
  std::cout << net->named_buffers()["blocks.2.seen"] << "\n"
            << net->is_training() << net->head->is_training() << "\n";
  net->zero_grad();
  std::cout << net->head->weight.grad().defined() << "\n";

  int64_t linears = 0;
  net->apply([&](nn::Module& m) { linears += m.as<nn::Linear>() != nullptr; });
  std::cout << linears << "\n";
  net->to(torch::kDouble);
  std::cout << net->forward(x.to(torch::kDouble)) << "\n";
  auto block = net->blocks[1]->as<Block>();
  std::cout << *block << " " << block->norm.is_empty() << "\n";
}
