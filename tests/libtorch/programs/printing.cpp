// Tensors as they print themselves.
#include <cmath>

#include "tests/libtorch/torch.h"

int main() {
  std::cout << torch::tensor(3.5) << "\n"
            << torch::tensor(7) << "\n"
            << torch::tensor(true) << "\n";
  std::cout << torch::tensor({1, 2, 3}) << "\n" << torch::tensor({1.0, -2.5, 1000.25}) << "\n";
  std::cout << torch::tensor({0.001, 0.5}) << "\n" << torch::tensor({1e-8, 1.0}) << "\n";
  std::cout << torch::tensor({123456.5, 200000.25}) << "\n" << torch::tensor({1e10, 2.0}) << "\n";
  std::cout << torch::tensor({{1, 2}, {3, 4}}) << "\n"
            << torch::tensor({{1.5, -2.0}, {3.0, 4.0}}) << "\n";
  std::cout << torch::tensor({{123456.5, 2.25}, {3.0, 4.0}}) << "\n";
  std::cout << torch::arange(30).view({2, 15}) * 1000 << "\n";
  std::cout << torch::arange(24).view({2, 3, 4}) << "\n"
            << torch::arange(16).view({2, 2, 2, 2}) / 3 << "\n";
  std::cout << torch::zeros({0}) << "\n" << torch::zeros({0, 3}) << "\n" << torch::Tensor() << "\n";
  std::cout << torch::ones({2}, torch::kHalf) << "\n" << torch::ones({2}, torch::kBFloat16) << "\n";
  std::cout << torch::ones({2}, torch::kInt) << "\n" << torch::ones({2}, torch::kByte) << "\n";
  std::cout << torch::ones({1, 2}, torch::kBool) << "\n"
            << torch::ones({2, 1}, torch::kDouble) << "\n";
  std::cout << torch::ones({2}, torch::requires_grad()) << "\n";
  std::cout << torch::tensor({1.0, double(NAN), double(INFINITY)}) << "\n";
  for (double v : {1.0 / 3, 1e-5, -0.0, 123456.789, 1e15, 1e16, 2e20, -1e-10, double(NAN)}) {
    std::cout << torch::tensor(v) << "\n" << torch::tensor(v, torch::kDouble) << "\n";
  }
  std::cout << torch::tensor({{123456789.0, double(INFINITY)}}, torch::kDouble) << "\n"
            << torch::tensor(12345678901) << "\n"
            << -torch::arange(12).view({2, 1, 2, 3}) << "\n"
            << torch::arange(60, torch::kFloat).view({1, 2, 30}) * 1.5 << "\n";
  std::cout << torch::ones({2}, torch::kLong).dtype() << "\n";
  std::cout << torch::ones({2, 3}).sizes() << " " << torch::ones({2}).dtype() << " "
            << torch::ones({2}, torch::kLong).scalar_type() << " " << torch::ones({2}).device()
            << "\n";
}
