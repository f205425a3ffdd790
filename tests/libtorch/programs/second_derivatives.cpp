// Derivatives of derivatives: a Hessian, its product with a vector, a gradient penalty, Newton.
#include "tests/libtorch/torch.h"

using torch::Tensor;
using torch::autograd::grad;

static Tensor rosenbrock(const Tensor& x) {
  Tensor a = x[0], b = x[1];
  return (1 - a).pow(2) + 100 * (b - a * a).pow(2);
}

static Tensor hessian(const Tensor& y, const Tensor& x) {
  Tensor g = grad({y}, {x}, {}, true, true)[0];
  std::vector<Tensor> rows;
  for (int64_t i = 0; i < g.numel(); ++i) rows.push_back(grad({g[i]}, {x}, {}, true)[0]);
  return torch::stack(rows);
}

int main() {
  Tensor x = torch::tensor({-1.2, 1.0}, torch::kDouble).requires_grad_();
  Tensor h = hessian(rosenbrock(x), x);
  std::cout << h << "\n";

  Tensor v = torch::tensor({0.5, -2.0}, torch::kDouble);
  Tensor g = grad({rosenbrock(x)}, {x}, {}, true, true)[0];
  Tensor product = grad({g.dot(v)}, {x})[0];
  std::cout << product << "\n" << torch::allclose(product, h.mv(v)) << "\n";

  // Newton's steps, with the inverse of a 2 x 2 matrix written out.
  for (int step = 0; step < 6; ++step) {
    Tensor y = rosenbrock(x), slope = grad({y}, {x}, {}, true)[0], m = hessian(y, x);
    Tensor det = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    Tensor inverse =
        torch::stack({torch::stack({m[1][1], -m[0][1]}), torch::stack({-m[1][0], m[0][0]})}) / det;
    std::printf("Double %.9e\n", y.item<double>());
    std::fflush(stdout);
    x = (x - inverse.mv(slope)).detach().requires_grad_();
  }
  std::cout << x << "\n";

  // The penalty of a WGAN: the norm of the gradient to the input is to be 1.
  torch::nn::Sequential critic(torch::nn::Linear(3, 4), torch::nn::Softplus(),
                               torch::nn::Linear(4, 1));
  critic->to(torch::kDouble);
  {
    torch::NoGradGuard no_grad;
    double phase = 0;
    for (Tensor p : critic->parameters()) {
      p.copy_((torch::arange(p.numel(), torch::kDouble) * 1.9 + phase++).sin().view(p.sizes()));
    }
  }
  Tensor real = torch::linspace(-1, 1, 6, torch::kDouble).view({2, 3});
  Tensor fake = torch::linspace(2, -1, 6, torch::kDouble).view({2, 3});
  Tensor mixed = (0.3 * real + 0.7 * fake).requires_grad_();
  Tensor output = critic->forward(mixed);
  Tensor slopes = grad({output}, {mixed}, {torch::ones_like(output)}, true, true)[0];
  Tensor penalty = (slopes.norm(2, {1}) - 1).pow(2).mean();
  std::cout << slopes << "\n";
  std::printf("Double %.9f\n", penalty.item<double>());
  std::fflush(stdout);
  penalty.backward();
  for (const auto& p : critic->named_parameters()) {
    if (p.value().grad().defined()) std::cout << p.key() << "\n" << p.value().grad() << "\n";
  }

  // Third and fourth derivatives; through matrix products, softmax and norms.
  Tensor t = torch::tensor({0.3, -0.7}, torch::kDouble).requires_grad_();
  Tensor d = torch::sigmoid(t).sum();
  for (int order = 1; order <= 4; ++order) {
    d = grad({d}, {t}, {}, true, true)[0];
    std::cout << d << "\n";
    d = d.sum();
  }
  Tensor a = torch::tensor({{1.0, 2.0}, {-0.5, 0.25}}, torch::kDouble).requires_grad_();
  Tensor b = torch::tensor({{0.5, -1.0}, {2.0, 1.5}}, torch::kDouble).requires_grad_();
  Tensor s = torch::log_softmax(a.mm(b), 1)[0][1] + a.norm() * b.exp().mean();
  std::vector<Tensor> first = grad({s}, {a, b}, {}, true, true);
  std::vector<Tensor> second = grad({first[0].pow(2).sum() + (first[1] * b).sum()}, {a, b});
  std::cout << second[0] << "\n" << second[1] << "\n";

  // backward() with create_graph leaves gradients that can be differentiated.
  Tensor q = torch::tensor(2.0, torch::kDouble).requires_grad_();
  (q.pow(4)).backward({}, /*retain_graph=*/true, /*create_graph=*/true);
  Tensor again = grad({q.grad()}, {q})[0];
  std::cout << q.grad().item<double>() << " " << again.item<double>() << "\n";
  q.mutable_grad().reset();
}
