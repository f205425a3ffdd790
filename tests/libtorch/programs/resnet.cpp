// A residual block with batch norm and a strided shortcut, in training and in evaluation.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
using torch::Tensor;

static nn::Conv2dOptions conv(int64_t in, int64_t out, int64_t kernel, int64_t stride) {
  return nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2).bias(false);
}

struct BasicBlockImpl : nn::Module {
  BasicBlockImpl(int64_t in, int64_t out, int64_t stride = 1)
      : conv1(conv(in, out, 3, stride)), bn1(out), conv2(conv(out, out, 3, 1)), bn2(out) {
    register_module("conv1", conv1);
    register_module("bn1", bn1);
    register_module("conv2", conv2);
    register_module("bn2", bn2);
    if (stride != 1 || in != out) {
      shortcut = nn::Sequential(nn::Conv2d(conv(in, out, 1, stride)), nn::BatchNorm2d(out));
      register_module("shortcut", shortcut);
    }
  }
  Tensor forward(Tensor x) {
    Tensor y = torch::relu(bn1(conv1(x)));
    y = bn2(conv2(y));
    y += shortcut->is_empty() ? x : shortcut->forward(x);
    return torch::relu(y);
  }
  nn::Conv2d conv1;
  nn::BatchNorm2d bn1;
  nn::Conv2d conv2;
  nn::BatchNorm2d bn2;
  nn::Sequential shortcut;
};
TORCH_MODULE(BasicBlock);

int main() {
  nn::Sequential net({{"stem", nn::Conv2d(conv(3, 4, 3, 1))},
                      {"norm", nn::BatchNorm2d(4)},
                      {"block1", BasicBlock(4, 4)},
                      {"block2", BasicBlock(4, 8, 2)},
                      {"pool", nn::AdaptiveAvgPool2d(1)},
                      {"flatten", nn::Flatten()},
                      {"fc", nn::Linear(8, 3)}});
  {
    torch::NoGradGuard no_grad;
    double phase = 0;
    for (const auto& p : net->named_parameters()) {
      if (p.value().dim() < 2) continue;
      auto v = torch::arange(p.value().numel(), torch::kDouble) * 12.9898 + phase++;
      p.value().copy_(v.sin().view(p.value().sizes()) * 0.4);
    }
    net->named_parameters()["fc.bias"].zero_();
  }
  std::cout << net << "\n";
  Tensor x = (torch::arange(4 * 3 * 8 * 8, torch::kFloat) * 0.73).sin().view({4, 3, 8, 8});
  Tensor labels = torch::tensor({0, 1, 2, 1});
  torch::optim::SGD optimizer(net->parameters(),
                              torch::optim::SGDOptions(0.05).momentum(0.9).weight_decay(1e-4));
  for (int step = 0; step < 4; ++step) {
    optimizer.zero_grad();
    Tensor loss = torch::nn::functional::cross_entropy(net->forward(x), labels);
    loss.backward();
    optimizer.step();
    std::printf("step %d loss %.4f\n", step, loss.item<float>());
    std::fflush(stdout);
  }
  for (const auto& b : net->named_buffers()) {
    std::printf("%s %.4f\n", b.key().c_str(), b.value().to(torch::kFloat).mean().item<float>());
    std::fflush(stdout);
  }
  torch::NoGradGuard no_grad;
  net->eval();
  Tensor one = net->forward(x.narrow(0, 0, 1)), all = net->forward(x);
  std::printf("%d\n", int(torch::allclose(one[0], all[0], 1e-4, 1e-5)));
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t j = 0; j < 3; ++j) std::printf("%.3f ", all[i][j].item<float>());
    std::printf("\n");
  }
}
