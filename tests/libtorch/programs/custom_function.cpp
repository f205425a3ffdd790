// Operations of the program's own: a surrogate gradient, two results at once, gradients of them.
#include "tests/libtorch/torch.h"

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A threshold with a gradient that it does not have.
struct Step : torch::autograd::Function<Step> {
  static Tensor forward(AutogradContext* ctx, const Tensor& x) {
    ctx->save_for_backward({x});
    return (x > 0).to(x.scalar_type());
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    Tensor x = ctx->get_saved_variables()[0];
    return {grads[0] / (1 + x.abs()).pow(2)};
  }
};

/// Sum and product of two tensors at once.
struct SumProduct : torch::autograd::Function<SumProduct> {
  static variable_list forward(AutogradContext* ctx, Tensor a, Tensor b) {
    ctx->save_for_backward({a, b});
    return {a + b, a * b};
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    variable_list saved = ctx->get_saved_variables();
    return {grads[0] + grads[1] * saved[1], grads[0] + grads[1] * saved[0]};
  }
};

int main() {
  Tensor v = torch::tensor({1.0, -2.0, 0.5}, torch::requires_grad());
  Tensor s = Step::apply(v * 2);
  (s * torch::tensor({1.0, 2.0, 3.0})).sum().backward();
  std::cout << s << "\n" << v.grad() << "\n";

  Tensor a = torch::tensor({2.0, 3.0}, torch::requires_grad());
  Tensor c = torch::tensor({-1.0, 4.0}, torch::requires_grad());
  variable_list both = SumProduct::apply(a, c);
  (both[0] * 10 + both[1]).sum().backward();
  std::cout << both[0] << "\n" << both[1] << "\n" << a.grad() << "\n" << c.grad() << "\n";

  // backward is made of operations, so it has gradients as well.
  Tensor z = torch::tensor({0.5, -1.5}, torch::requires_grad());
  Tensor g = torch::autograd::grad({Step::apply(z).sum()}, {z}, {}, true, true)[0];
  Tensor gg = torch::autograd::grad({g.sum()}, {z})[0];
  std::cout << g << "\n" << gg << "\n";
  std::cout << s.requires_grad() << s.is_leaf() << Step::apply(z.detach()).requires_grad() << "\n";
}
