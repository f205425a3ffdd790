// Sizes of two operands that differ: what results, and where gradients are summed.
#include "tests/libtorch/torch.h"

using torch::Tensor;

static Tensor numbers(std::vector<int64_t> sizes, double phase) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  return ((torch::arange(n, torch::kDouble) * 1.3 + phase).sin() + 1.5).view(sizes);
}

int main() {
  const std::vector<std::vector<int64_t>> shapes = {{},     {1},       {3},       {2, 1}, {1, 3},
                                                    {2, 3}, {4, 1, 3}, {4, 2, 1}, {0},    {0, 3},
                                                    {2, 0}, {1, 1, 1}, {5}};
  for (const auto& s : shapes) {
    for (const auto& t : shapes) {
      std::cout << torch::IntArrayRef(s) << " " << torch::IntArrayRef(t) << ":";
      try {
        Tensor a = numbers(s, 0.5).requires_grad_(), b = numbers(t, 2).requires_grad_();
        Tensor y = a * b + a / b - torch::maximum(a, b).pow(2);
        Tensor w = torch::arange(double(y.numel()), torch::kDouble).view(y.sizes());
        (y * w).sum().backward();
        std::cout << " " << y.sizes() << std::flush;
        std::printf(" %.6f %.6f %.6f\n", y.sum().item<double>(), a.grad().norm().item<double>(),
                    b.grad().norm().item<double>());
        std::fflush(stdout);
      } catch (const std::exception&) {
        std::cout << " error" << std::endl;
      }
    }
  }
}
