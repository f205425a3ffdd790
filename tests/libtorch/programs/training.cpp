// Networks trained by the usual loop: XOR with each optimizer, and a small convolutional network.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
namespace F = torch::nn::functional;

static void set_values(const std::vector<torch::Tensor>& tensors) {
  torch::NoGradGuard guard;
  int64_t k = 0;
  for (auto t : tensors) {
    auto v = (torch::arange(t.numel(), torch::kDouble) * 1.3 + double(k++)).sin() * 0.6;
    t.copy_(v.view(t.sizes()));
  }
}

struct ConvNet : nn::Module {
  ConvNet()
      : conv1(nn::Conv2dOptions(1, 4, /*kernel_size=*/3).padding(1)),
        conv2(nn::Conv2dOptions(4, 6, 3).stride(2).bias(false)),
        norm(6),
        fc(6 * 3 * 3, 3) {
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("norm", norm);
    register_module("fc", fc);
  }
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(F::max_pool2d(conv1->forward(x), F::MaxPool2dFuncOptions(2).stride(1)));
    x = torch::relu(norm(conv2(x)));
    x = F::dropout(x, F::DropoutFuncOptions().p(0.5).training(false));
    return F::log_softmax(fc(x.view({-1, 6 * 3 * 3})), F::LogSoftmaxFuncOptions(1));
  }
  nn::Conv2d conv1, conv2;
  nn::BatchNorm2d norm;
  nn::Linear fc;
};

int main() {
  auto x = torch::tensor({{0.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}, {1.0, 1.0}});
  auto y = torch::tensor({{0.0}, {1.0}, {1.0}, {0.0}});
  for (int which = 0; which < 2; ++which) {
    nn::Sequential model(nn::Linear(2, 8), nn::Tanh(), nn::Linear(8, 1), nn::Sigmoid());
    set_values(model->parameters());
    std::unique_ptr<torch::optim::Optimizer> optimizer;
    if (which == 0)
      optimizer = std::make_unique<torch::optim::SGD>(model->parameters(),
                                                      torch::optim::SGDOptions(0.5).momentum(0.9));
    if (which == 1)
      optimizer = std::make_unique<torch::optim::Adam>(model->parameters(),
                                                       torch::optim::AdamOptions(0.05));
    for (int step = 0; step <= 200; ++step) {
      optimizer->zero_grad();
      auto loss = F::mse_loss(model->forward(x), y);
      loss.backward();
      optimizer->step();
      if (step % 50 == 0) std::cout << step << " " << loss.item<float>() << "\n";
    }
    std::cout << (model->forward(x) > 0.5) << "\n";
  }

  auto net = std::make_shared<ConvNet>();
  set_values(net->parameters());
  std::cout << *net << "\n";
  auto images = (torch::arange(4 * 8 * 8, torch::kFloat) * 0.7).cos().view({4, 1, 8, 8});
  auto labels = torch::tensor({0, 2, 1, 2});
  torch::optim::SGD sgd(net->parameters(), /*lr=*/0.05);
  for (int step = 0; step < 5; ++step) {
    sgd.zero_grad();
    auto out = net->forward(images);
    auto loss = torch::nn::functional::nll_loss(out, labels);
    loss.backward();
    std::cout << step << " " << loss.item<float>() << " "
              << net->conv1->weight.grad().norm().item<float>() << " "
              << net->norm->weight.grad().norm().item<float>() << "\n";
    sgd.step();
  }
  std::cout << net->norm->running_mean << "\n"
            << net->norm->running_var << "\n"
            << net->norm->num_batches_tracked << "\n";
  net->eval();
  std::cout << net->forward(images) << "\n" << net->forward(images).argmax(1) << "\n";
  for (const auto& b : net->named_buffers()) std::cout << b.key() << "\n";

  nn::Embedding words(5, 3);
  nn::BatchNorm1d bn(3);
  nn::ConvTranspose2d up(nn::ConvTranspose2dOptions(1, 2, 2).stride(2));
  nn::Conv1d conv(nn::Conv1dOptions(3, 2, 2));
  nn::LayerNorm ln(nn::LayerNormOptions({3}));
  set_values({words->weight, bn->weight, bn->bias, up->weight, up->bias, conv->weight, conv->bias,
              ln->weight, ln->bias});
  auto e = words->forward(torch::tensor({{0, 3}, {4, 0}}));
  std::cout << e << "\n"
            << bn(e[0]) << "\n"
            << bn->running_var << "\n"
            << ln(e) << "\n"
            << conv(e.transpose(1, 2)) << "\n"
            << up(e.unsqueeze(1)) << "\n";
  (e * e).sum().backward();
  std::cout << words->weight.grad() << "\n";
  bn->eval();
  std::cout << bn(e[1]) << "\n";
  nn::Conv2d same(nn::Conv2dOptions(1, 1, 3).padding(torch::kSame).padding_mode(torch::kReflect));
  nn::BatchNorm1d all(nn::BatchNorm1dOptions(3).momentum(std::nullopt));
  set_values({same->weight, same->bias});
  // Twice as much: no number of that lies between two of four decimals, where a last bit decides.
  std::cout << same(images.slice(0, 0, 1)) * 2 << "\n";
  all(e[0]);
  all(e[1] * 2);
  std::cout << all->running_mean << "\n" << all->running_var << "\n";
  nn::Dropout drop(0.5);
  auto d = drop(torch::ones({100, 100}));
  std::cout << torch::logical_or(d == 0, d == 2).all().item<bool>()
            << (d.mean() - 1).abs().lt(0.1).item<bool>() << "\n";
  drop->eval();
  std::cout << drop(torch::ones({2})) << "\n"
            << nn::Flatten()(torch::ones({2, 3, 4})).sizes()
            << nn::Unflatten(1, std::vector<int64_t>{2, 3})(torch::ones({2, 6})).sizes() << "\n";
}
