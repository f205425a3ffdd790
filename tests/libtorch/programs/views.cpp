// Views and aliasing: who sees a write, and where gradients go.
#include "tests/libtorch/torch.h"

int main() {
  using namespace torch::indexing;
  auto x = torch::arange(12, torch::kFloat).view({3, 4});
  auto t = x.t(), row = x[1], block = x.index({Slice(0, 2), Slice(1, 3)});
  row.mul_(10);
  block.zero_();
  t.index_put_({0}, -1);
  std::cout << x << "\n" << t << "\n" << row << "\n" << block << "\n";
  std::cout << t.is_contiguous() << t.contiguous().is_contiguous() << " " << t.strides() << " "
            << block.storage_offset() << "\n";
  auto c = x.clone();
  x.fill_(7);
  std::cout << c[2] << "\n" << x.sum() << "\n";
  auto e = torch::ones({3, 1}).expand({3, 4});
  std::cout << e.stride(1) << " " << e.sum() << "\n";

  auto w = torch::tensor({1.0, 2.0, 3.0, 4.0}, torch::requires_grad());
  auto y = w * 1;
  auto head = y.slice(0, 0, 2), square = y.view({2, 2});
  head.mul_(3);
  square[1] *= 5;
  auto loss = (square * square).sum() + head.sum();
  loss.backward();
  std::cout << y << "\n" << w.grad() << "\n";

  auto base = torch::zeros({2, 2});
  auto v = torch::tensor({5.0, 6.0}, torch::requires_grad());
  base[0].copy_(v);
  std::cout << base.requires_grad() << " " << base.is_leaf() << "\n";
  (base * torch::tensor({{1.0, 2.0}, {3.0, 4.0}})).sum().backward();
  std::cout << v.grad() << "\n";

  auto parts = torch::arange(10).split(4);
  for (auto& p : parts) std::cout << p.sizes() << " ";
  auto [values, indices] = torch::tensor({3.0, 1.0, 2.0}).sort();
  std::cout << "\n" << values << "\n" << indices << "\n";
  std::cout << torch::cat({torch::ones({1, 2}), torch::zeros({2, 2})}) << "\n"
            << torch::stack({torch::ones({2}), torch::zeros({2})}, 1) << "\n";
}
