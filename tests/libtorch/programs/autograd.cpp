// The autograd tutorial: gradients, gradients of gradients, an operation with a gradient of its
// own.
#include "tests/libtorch/torch.h"

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct LinearFunction : torch::autograd::Function<LinearFunction> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor input, torch::Tensor weight,
                               torch::Tensor bias) {
    ctx->save_for_backward({input, weight, bias});
    auto output = input.mm(weight.t());
    if (bias.defined()) output = output + bias.unsqueeze(0).expand_as(output);
    return output;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grad_outputs) {
    auto saved = ctx->get_saved_variables();
    auto g = grad_outputs[0];
    auto grad_bias = torch::Tensor();
    if (saved[2].defined()) grad_bias = g.sum(0);
    return {g.mm(saved[1]), g.t().mm(saved[0]), grad_bias};
  }
};

struct MulConstant : torch::autograd::Function<MulConstant> {
  static torch::Tensor forward(AutogradContext* ctx, torch::Tensor tensor, double constant) {
    ctx->saved_data["constant"] = constant;
    return tensor * constant;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grad_outputs) {
    return {grad_outputs[0] * ctx->saved_data["constant"].toDouble(), torch::Tensor()};
  }
};

int main() {
  auto x = torch::ones({2, 2}, torch::requires_grad());
  std::cout << x << "\n";
  auto y = x + 2;
  auto z = y * y * 3;
  auto out = z.mean();
  std::cout << z << "\n" << out << "\n";
  out.backward();
  std::cout << x.grad() << "\n";

  auto a = torch::tensor({1.0, 2.0, 3.0}, torch::requires_grad());
  auto b = a * 2;
  while (b.norm().item<double>() < 1000) b = b * 2;
  std::cout << b << "\n";
  b.backward(torch::tensor({0.1, 1.0, 0.0001}, torch::kFloat));
  std::cout << a.grad() << "\n";
  std::cout << a.requires_grad() << " " << (a * a).requires_grad() << "\n";
  {
    torch::NoGradGuard no_grad;
    std::cout << (a * a).requires_grad() << "\n";
  }
  auto d = a.detach();
  std::cout << d.requires_grad() << " " << d.eq(a).all().item<bool>() << "\n";

  // A gradient penalty.
  auto w = torch::tensor({{0.5, -1.0, 2.0}, {1.0, 0.25, -0.5}}, torch::requires_grad());
  auto input = torch::tensor({{1.0, 2.0, 3.0}, {0.5, -0.5, 1.5}}, torch::requires_grad());
  auto output = input.mm(w.t()).tanh();
  auto grad_output = torch::ones_like(output);
  auto gradient = torch::autograd::grad({output}, {input}, {grad_output}, /*retain_graph=*/true,
                                        /*create_graph=*/true)[0];
  auto penalty = torch::pow((gradient.norm(2, /*dim=*/{1}) - 1), 2).mean();
  auto combined = output.pow(2).sum() + penalty;
  combined.backward();
  std::cout << penalty << "\n" << input.grad() << "\n" << w.grad() << "\n";

  auto p = torch::tensor({{1.0, 2.0, 3.0}}, torch::requires_grad());
  auto weight = torch::tensor({{1.0, 0.0, -1.0}, {0.5, 0.5, 0.5}}, torch::requires_grad());
  auto bias = torch::tensor({0.1, 0.2}, torch::requires_grad());
  auto q = LinearFunction::apply(p, weight, bias);
  q.sum().backward();
  std::cout << q << "\n" << p.grad() << "\n" << weight.grad() << "\n" << bias.grad() << "\n";
  auto m = torch::tensor({2.0}, torch::requires_grad());
  MulConstant::apply(m, 5.5).backward();
  std::cout << m.grad() << "\n";
}
