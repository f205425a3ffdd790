// Sequences without a recurrent layer: embeddings and convolutions over time; attention of one
// query; a recurrence written out and its gradient through time.
#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

static Tensor numbers(std::vector<int64_t> sizes, double phase) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  return ((torch::arange(n, torch::kFloat) * 1.3 + phase).sin() * 0.5).view(sizes);
}

struct Classifier : nn::Module {
  Classifier()
      : words(nn::EmbeddingOptions(10, 6).padding_idx(0)),
        conv1(nn::Conv1dOptions(6, 8, 3).padding(2).dilation(2)),
        conv2(nn::Conv1dOptions(8, 8, 3).padding(1).groups(2)),
        out(8, 3) {
    register_module("words", words);
    register_module("conv1", conv1);
    register_module("conv2", conv2);
    register_module("out", out);
    torch::NoGradGuard no_grad;
    double phase = 0;
    for (Tensor p : parameters()) p.copy_(numbers(p.sizes().vec(), phase++));
    words->weight[0].zero_();
  }
  Tensor forward(const Tensor& text) {
    Tensor x = words(text).transpose(1, 2);  // (batch, width, time)
    x = torch::relu(conv1(x));
    x = x + torch::relu(conv2(x));
    return out(std::get<0>(x.max(2)));
  }
  nn::Embedding words;
  nn::Conv1d conv1, conv2;
  nn::Linear out;
};

int main() {
  Tensor text = torch::tensor({{1, 5, 3, 0, 0}, {2, 2, 9, 7, 0}, {4, 8, 6, 1, 3}});
  Tensor labels = torch::tensor({2, 0, 1});
  Classifier net;
  std::cout << net << "\n" << net.forward(text) << "\n";
  torch::optim::Adagrad optimizer(net.parameters(), torch::optim::AdagradOptions(0.05));
  for (int step = 0; step < 6; ++step) {
    Tensor loss = F::cross_entropy(net.forward(text), labels);
    optimizer.zero_grad();
    loss.backward();
    optimizer.step();
    std::printf("%.4f\n", loss.item<float>());
    std::fflush(stdout);
  }
  std::cout << net.words->weight.grad()[0] << "\n";  // of the padding: none

  // One query looks at all states.
  Tensor states = numbers({2, 4, 3}, 1).requires_grad_(), query = numbers({3}, 2).requires_grad_();
  Tensor attention = torch::softmax(states.matmul(query), 1);
  Tensor context = attention.unsqueeze(1).bmm(states).squeeze(1);
  std::cout << attention << "\n" << context << "\n";
  context.square().sum().backward();
  std::cout << query.grad() << "\n" << states.grad().norm() << "\n";

  // h' = tanh(W x + U h), six times.
  Tensor w = numbers({4, 3}, 3).requires_grad_(), u = numbers({4, 4}, 4).requires_grad_();
  Tensor inputs = numbers({6, 2, 3}, 5), h = torch::zeros({2, 4});
  std::vector<Tensor> all;
  for (const Tensor& x : inputs.unbind()) {
    h = torch::tanh(F::linear(x, w) + F::linear(h, u));
    all.push_back(h);
  }
  Tensor outputs = torch::stack(all, 1);
  std::cout << outputs.sizes() << " " << h << "\n";
  outputs.select(1, -1).sum().backward();
  std::cout << w.grad() << "\n" << u.grad() << "\n";
}
