// A transformer block written out: attention by matmul and softmax, layer norm, residuals.
#include <cmath>

#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
using torch::Tensor;

struct AttentionImpl : nn::Module {
  AttentionImpl(int64_t width, int64_t heads)
      : heads(heads), qkv(nn::LinearOptions(width, 3 * width).bias(false)), out(width, width) {
    register_module("qkv", qkv);
    register_module("out", out);
  }
  /// x: (batch, time, width). Each time sees itself and those before.
  Tensor forward(Tensor x) {
    const int64_t b = x.size(0), t = x.size(1), w = x.size(2);
    std::vector<Tensor> parts = qkv(x).chunk(3, -1);
    for (Tensor& p : parts) p = p.reshape({b, t, heads, w / heads}).transpose(1, 2);
    Tensor scores = parts[0].matmul(parts[1].transpose(-2, -1)) / std::sqrt(double(w / heads));
    Tensor later = torch::arange(t).unsqueeze(0) > torch::arange(t).unsqueeze(1);
    weights = torch::softmax(scores.masked_fill(later, -1e9), -1);
    return out(weights.matmul(parts[2]).transpose(1, 2).reshape({b, t, w}));
  }
  int64_t heads;
  nn::Linear qkv, out;
  Tensor weights;
};
TORCH_MODULE(Attention);

struct BlockImpl : nn::Module {
  explicit BlockImpl(int64_t width)
      : norm1(nn::LayerNormOptions({width})),
        norm2(nn::LayerNormOptions({width})),
        attention(width, 2),
        mlp(nn::Linear(width, 2 * width), nn::GELU(), nn::Linear(2 * width, width)) {
    register_module("norm1", norm1);
    register_module("attention", attention);
    register_module("norm2", norm2);
    register_module("mlp", mlp);
  }
  Tensor forward(Tensor x) {
    x = x + attention(norm1(x));
    return x + mlp->forward(norm2(x));
  }
  nn::LayerNorm norm1, norm2;
  Attention attention;
  nn::Sequential mlp;
};
TORCH_MODULE(Block);

int main() {
  Block block(8);
  block->to(torch::kDouble);
  {
    torch::NoGradGuard no_grad;
    double phase = 0;
    for (Tensor p : block->parameters()) {
      if (p.dim() != 2) continue;
      auto v = torch::arange(p.numel(), torch::kDouble) * 12.9898 + phase++;
      p.copy_(v.sin().view(p.sizes()) * 0.4);
    }
    for (const auto& p : block->named_parameters()) {
      if (p.key().find("bias") != std::string::npos) p.value().zero_();
    }
  }
  std::cout << *block << "\n";
  Tensor x =
      (torch::arange(2 * 4 * 8, torch::kDouble) * 0.7).cos().view({2, 4, 8}).requires_grad_();
  Tensor y = block(x);
  std::cout << y << "\n" << block->attention->weights[0] << "\n";
  (y * y).mean().backward();
  std::cout << x.grad().sum({1}) << "\n";
  for (const auto& p : block->named_parameters()) {
    std::cout << "Double " << p.key() << " " << p.value().grad().norm() << "\n";
  }
  // What comes later changes nothing before it.
  Tensor changed = x.detach().clone();
  changed.index_put_({torch::indexing::Slice(), 3}, 0);
  Tensor same = block(changed).narrow(1, 0, 3).eq(y.narrow(1, 0, 3)).all();
  std::cout << same.item<bool>() << "\n";

  torch::optim::AdamW optimizer(block->parameters(), torch::optim::AdamWOptions(1e-2));
  Tensor target = x.detach().flip({1});
  for (int step = 0; step < 5; ++step) {
    optimizer.zero_grad();
    Tensor loss = torch::mse_loss(block(x.detach()), target);
    loss.backward();
    optimizer.step();
    std::printf("%.6f\n", loss.item<double>());
    std::fflush(stdout);
  }
}
