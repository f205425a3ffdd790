// Step 4: tensors: how they are made, what they hold, how they print.
#include "tests/libtorch/torch.h"
#include "tests/slides/shown.h"

using torch::Tensor;

int main() {
  // By size. empty() gives memory as it is found, so it is filled before it is looked at.
  Tensor e = torch::empty({2, 3});
  e.zero_();
  std::cout << e << "\n";
  std::cout << torch::zeros({2}) << "\n" << torch::ones({2, 2}) << "\n";
  std::cout << torch::full({2, 2}, 7) << "\n" << torch::full({2}, 0.5) << "\n";
  std::cout << torch::arange(5) << "\n" << torch::arange(1, 2, 0.25) << "\n";
  std::cout << torch::eye(3) << "\n" << torch::linspace(0, 1, 5) << "\n";

  // From nested braces.
  Tensor m = torch::tensor({{1.5, 2.5, 3.5}, {4.5, 5.5, 6.5}});
  std::cout << m << "\n";
  shown(m.dim() == 2 && m.size(0) == 2 && m.size(1) == 3 && m.numel() == 6,
        "It has 2 dimensions, 2 rows, 3 columns and 6 elements.");
  shown(m[1][2].item<float>() == 6.5, "m[1][2] is 6.5.");

  // At random, from a seed.
  torch::manual_seed(7);
  Tensor u = torch::rand({1000}), n = torch::randn({1000});
  shown(u.min().item<float>() >= 0 && u.max().item<float>() < 1, "rand() lies in [0, 1).");
  shown(n.mean().abs().item<float>() < 0.2 && (n.std() - 1).abs().item<float>() < 0.2,
        "randn() has mean 0 and standard deviation 1, nearly.");
  torch::manual_seed(7);
  shown(torch::equal(torch::rand({1000}), u) && torch::equal(torch::randn({1000}), n),
        "The same seed gives the same numbers.");

  // Element types.
  for (auto type : {torch::kByte, torch::kInt, torch::kLong, torch::kBFloat16, torch::kFloat,
                    torch::kDouble, torch::kBool}) {
    Tensor t = torch::tensor({0.0, 1.0, 2.75}).to(type);
    std::cout << t << "\n" << t.dtype() << ": " << t.element_size() << " bytes each\n";
  }
  shown(torch::tensor({1, 2}).scalar_type() == torch::kLong &&
            torch::tensor({1.0, 2.0}).scalar_type() == torch::kFloat &&
            torch::tensor({true, false}).scalar_type() == torch::kBool,
        "Whole numbers in braces are int64, others float, true and false bool.");
  shown((torch::tensor(1.0, torch::kBFloat16) + 0.001).item<float>() == 1,
        "bfloat16 has 8 bits of precision: 1 + 0.001 is 1.");
  shown((torch::tensor(250, torch::kByte) + 10).item<int>() == 4,
        "A byte counts from 0 to 255: 250 + 10 is 4.");

  // As PyTorch prints: columns aligned, a common factor, one matrix at a time.
  std::cout << torch::tensor({1.0, 10.0, -100.25}) << "\n"
            << torch::tensor({1e-4, 2e5}) << "\n"
            << torch::arange(8).view({2, 2, 2}) << "\n"
            << torch::tensor(3.25) << "\n"
            << torch::zeros({0, 3}) << "\n";
}
