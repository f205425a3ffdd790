// Step 2: linear layers one after the other are one linear layer. A nonlinearity between them makes
// them more than that.
#include "tests/libtorch/torch.h"
#include "tests/slides/shown.h"

using torch::Tensor;

int main() {
  torch::manual_seed(1);
  auto f64 = torch::kDouble;
  Tensor w1 = torch::randn({5, 3}, f64), w2 = torch::randn({4, 5}, f64);
  Tensor w3 = torch::randn({2, 4}, f64);
  Tensor x = torch::randn({3, 7}, f64), y = torch::randn({3, 7}, f64);

  Tensor v = w2.mm(w1);
  shown(torch::allclose(w2.mm(w1.mm(x)), v.mm(x), 1e-12, 1e-12),
        "W2 (W1 x) = V x with V = W2 W1, to rounding.");
  shown(torch::allclose(w3.mm(w2.mm(w1.mm(x))), w3.mm(v).mm(x), 1e-12, 1e-12),
        "Three layers are one as well.");
  Tensor b1 = torch::randn({5, 1}, f64), b2 = torch::randn({4, 1}, f64);
  Tensor c = w2.mm(b1) + b2;
  shown(torch::allclose(w2.mm(w1.mm(x) + b1) + b2, v.mm(x) + c, 1e-12, 1e-12),
        "So they are with biases: W2 (W1 x + b1) + b2 = V x + c with c = W2 b1 + b2.");

  auto net = [&](const Tensor& in) { return w2.mm(torch::sigmoid(w1.mm(in))); };
  shown(!torch::allclose(net(x), v.mm(x), 0.1, 0.1),
        "With a sigmoid between them the layers are not V x.");
  // Every matrix M has M (x + y) = M x + M y.
  shown(!torch::allclose(net(x + y), net(x) + net(y), 0.1, 0.1),
        "Nor M x for any other matrix M: the sum of two inputs does not give the sum of outputs.");
}
