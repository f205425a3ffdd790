// XOR with two layers written out in tensors, trained by plain gradient descent.
#include "tests/libtorch/torch.h"

int main() {
  auto x = torch::tensor({{0.0, 0.0}, {0.0, 1.0}, {1.0, 0.0}, {1.0, 1.0}});
  auto y = torch::tensor({{0.0}, {1.0}, {1.0}, {0.0}});
  auto w1 = torch::tensor({{0.8, -0.6, 0.4}, {0.5, 0.9, -0.7}}, torch::requires_grad());
  auto b1 = torch::tensor({0.1, -0.2, 0.3}, torch::requires_grad());
  auto w2 = torch::tensor({{0.7}, {-0.9}, {0.5}}, torch::requires_grad());
  auto b2 = torch::zeros({1}, torch::requires_grad());
  for (int step = 0; step <= 2000; ++step) {
    auto h = torch::sigmoid(x.mm(w1) + b1);
    auto out = torch::sigmoid(h.mm(w2) + b2);
    auto loss = ((out - y) * (out - y)).mean();
    if (step % 400 == 0) std::cout << step << " " << loss.item<float>() << "\n";
    loss.backward();
    torch::NoGradGuard no_grad;
    for (auto* p : {&w1, &b1, &w2, &b2}) {
      p->sub_(p->grad(), 2.0);
      p->mutable_grad().zero_();
    }
  }
  auto h = torch::sigmoid(x.mm(w1) + b1);
  std::cout << (torch::sigmoid(h.mm(w2) + b2) > 0.5) << "\n";
}
