// Step 3: the gradient of C = 1/2 sum (y - t)^2 through sigmoid layers, written out, and by
// autograd. One column of X is one example; A = W X are the activations, Y = sigma(A) the outputs.
#include <vector>

#include "tests/libtorch/torch.h"
#include "tests/slides/shown.h"

using torch::Tensor;

static Tensor slope(const Tensor& a) {
  Tensor s = torch::sigmoid(a);
  return s * (1 - s);
}

static Tensor cost(const Tensor& y, const Tensor& t) { return 0.5 * ((y - t) * (y - t)).sum(); }

/// In float64, as closely as the two orders of summation allow.
static bool same(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>() <= 1e-12;
}

/// Numbers without pattern, between -1 and 1.
static Tensor numbers(int64_t rows, int64_t columns, double phase) {
  return torch::sin(torch::arange(rows * columns, torch::kDouble) * 12.9898 + phase)
      .view({rows, columns});
}

/// dC/dW_ij = (y_i - t_i) sigma'(a_i) x_j, one number at a time.
static void scalar_form() {
  Tensor w = numbers(3, 4, 1).requires_grad_();
  Tensor x = numbers(4, 1, 2), t = numbers(3, 1, 3).abs();
  Tensor a = w.mm(x), y = torch::sigmoid(a);
  cost(y, t).backward();
  Tensor by_hand = torch::zeros({3, 4}, torch::kDouble);
  for (int i = 0; i < 3; ++i) {
    for (int j = 0; j < 4; ++j) {
      by_hand[i][j] = (y[i][0] - t[i][0]) * slope(a[i][0]) * x[j][0];
    }
  }
  shown(same(by_hand, w.grad()), "One layer, each weight by itself: as autograd.");
}

/// Delta = (Y - T) . sigma'(A), dW = Delta X^T: all weights and all examples at once.
static void matrix_form() {
  Tensor w = numbers(3, 4, 1).requires_grad_();
  Tensor x = numbers(4, 6, 2), t = numbers(3, 6, 3).abs();
  Tensor a = w.mm(x), y = torch::sigmoid(a);
  cost(y, t).backward();
  Tensor delta = (y - t) * slope(a);
  shown(same(delta.mm(x.t()), w.grad()), "One layer, as matrices: as autograd.");
}

static void two_layers() {
  Tensor w1 = numbers(5, 4, 1).requires_grad_(), w2 = numbers(3, 5, 2).requires_grad_();
  Tensor x = numbers(4, 6, 3), t = numbers(3, 6, 4).abs();
  Tensor a1 = w1.mm(x), y1 = torch::sigmoid(a1);
  Tensor a2 = w2.mm(y1), y2 = torch::sigmoid(a2);
  cost(y2, t).backward();
  Tensor delta2 = (y2 - t) * slope(a2);
  Tensor delta1 = w2.t().mm(delta2) * slope(a1);
  shown(same(delta2.mm(y1.t()), w2.grad()) && same(delta1.mm(x.t()), w1.grad()),
        "Two layers: as autograd.");
}

/// Delta_l = W_{l+1}^T Delta_{l+1} . sigma'(A_l), from the last layer to the first.
static void many_layers(const std::vector<int64_t>& widths) {
  size_t layers = widths.size() - 1;
  std::vector<Tensor> w, a, y = {numbers(widths[0], 6, 0)};
  for (size_t l = 0; l < layers; ++l) {
    w.push_back(numbers(widths[l + 1], widths[l], double(l) + 1).requires_grad_());
    a.push_back(w[l].mm(y[l]));
    a[l].retain_grad();  // to be looked at afterwards
    y.push_back(torch::sigmoid(a[l]));
  }
  Tensor t = numbers(widths[layers], 6, 99).abs();
  cost(y[layers], t).backward();

  std::vector<Tensor> delta(layers);
  delta[layers - 1] = (y[layers] - t) * slope(a[layers - 1]);
  for (size_t l = layers - 1; l-- > 0;) {
    delta[l] = w[l + 1].t().mm(delta[l + 1]) * slope(a[l]);
  }
  bool weights = true, deltas = true;
  for (size_t l = 0; l < layers; ++l) {
    weights = weights && same(delta[l].mm(y[l].t()), w[l].grad());
    deltas = deltas && same(delta[l], a[l].grad());
    std::cout << "norm of delta " << l + 1 << ": " << delta[l].norm().item<double>() << "\n";
  }
  shown(weights, std::to_string(layers) + " layers by the delta recurrence: as autograd.");
  shown(deltas, "Each layer's delta is what autograd has for its activation, a.grad().");
}

int main() {
  scalar_form();
  matrix_form();
  two_layers();
  many_layers({4, 6, 5, 7, 3, 2});
}
