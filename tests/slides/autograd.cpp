// Step 6: gradients. An expression of tensors that ask for gradients is remembered; backward() goes
// back through it.
#include "tests/libtorch/torch.h"
#include "tests/slides/shown.h"

using torch::Tensor;

int main() {
  Tensor v1 = torch::tensor({1.0, 1.0}, torch::requires_grad());
  Tensor v2 = torch::tensor({2.0, 3.0});
  Tensor sum = ((v1 + v2) * 2).sum();
  std::cout << sum.item<float>() << "\n";
  shown(v1.is_leaf() && !sum.is_leaf() && sum.requires_grad(),
        "v1 is a leaf; the sum is not, and depends on one that asked for its gradient.");
  sum.backward();
  std::cout << v1.grad() << "\n";
  shown(!v2.grad().defined(), "v2 did not ask for a gradient and has none.");

  ((v1 + v2) * 2).sum().backward();
  std::cout << v1.grad() << "\n";
  shown(torch::equal(v1.grad(), torch::tensor({4.0, 4.0})), "Gradients accumulate: 2 + 2 = 4.");
  torch::optim::SGD optimizer({v1}, /*lr=*/0.1);
  optimizer.zero_grad();
  shown(!v1.grad().defined(), "zero_grad() lets go of them.");

  {
    torch::NoGradGuard no_grad;
    shown(!(v1 * 2).requires_grad(), "Under a NoGradGuard nothing is remembered.");
  }
  shown((v1 * 2).requires_grad(), "After it, everything is again.");
  Tensor x = torch::tensor(3.0, torch::requires_grad());
  (x * x.detach()).backward();
  shown(x.grad().item<float>() == 3, "d(x * x.detach())/dx is x, not 2x: detach() is a constant.");
  shown(x.detach().data_ptr() == x.data_ptr(), "It shares its elements.");

  // A gradient that is to be differentiated itself is made with create_graph.
  Tensor y = x * x * x;
  Tensor first =
      torch::autograd::grad({y}, {x}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0];
  Tensor second = torch::autograd::grad({first}, {x}, {}, true, true)[0];
  Tensor third = torch::autograd::grad({second}, {x})[0];
  std::cout << first.item<float>() << " " << second.item<float>() << " " << third.item<float>()
            << "\n";
  shown(first.item<float>() == 27 && second.item<float>() == 18 && third.item<float>() == 6,
        "Gradients of gradients: 3 x^2, 6 x and 6 at x = 3.");

  std::string why;
  Tensor square = x * x;
  square.backward();
  shown(refuses([&] { square.backward(); }, &why) && why.find("second time") != std::string::npos,
        "A second backward() without retain_graph is an error that says so.");
  square = x * x;
  x.mutable_grad().zero_();
  square.backward({}, /*retain_graph=*/true);
  square.backward();
  shown(x.grad().item<float>() == 12, "With retain_graph it adds once more: 6 + 6 = 12.");
}
