// Step 1: the perceptron. A threshold unit draws a line through the plane of its inputs, and learns
// where. What no line can divide needs a unit in between.
#include "tests/libtorch/torch.h"
#include "tests/slides/shown.h"

using torch::Tensor;

/// A unit fires where w x + b > 0. One row of x is one example.
static Tensor unit(const Tensor& x, const Tensor& w, const Tensor& b) {
  return (x.matmul(w) + b > 0).to(torch::kFloat);
}

/// The perceptron rule: after every mistake, w += (t - y) x and b += (t - y). Returns in which pass
/// over the examples there was no mistake left; 0: in none of a thousand.
static int learn(const Tensor& x, const Tensor& t, Tensor& w, Tensor& b) {
  for (int pass = 1; pass <= 1000; ++pass) {
    int mistakes = 0;
    for (int64_t i = 0; i < x.size(0); ++i) {
      Tensor error = t[i] - unit(x[i], w, b);
      w += error * x[i];
      b += error;
      if (error.item<float>() != 0) ++mistakes;
    }
    if (mistakes == 0) return pass;
  }
  return 0;
}

static void learns(const std::string& name, const Tensor& x, const Tensor& t) {
  Tensor w = torch::zeros({2}), b = torch::zeros({});
  int passes = learn(x, t, w, b);
  shown(passes > 0 && torch::equal(unit(x, w, b), t),
        "The perceptron rule learns " + name + " in " + std::to_string(passes) + " passes.");
  std::cout << "Its line: " << w[0].item<float>() << " x1 + " << w[1].item<float>() << " x2 + "
            << b.item<float>() << " = 0\n";

  // The point of the line nearest to the origin, and a step to either side of it.
  Tensor on = -b / w.dot(w) * w;
  shown((w.dot(on) + b).abs().item<float>() < 1e-6 && unit(on + 0.1 * w, w, b).item<float>() == 1 &&
            unit(on - 0.1 * w, w, b).item<float>() == 0,
        "The line is the decision boundary: the unit fires on the side w points to.");
}

int main() {
  Tensor x = torch::tensor({{0., 0.}, {0., 1.}, {1., 0.}, {1., 1.}});
  Tensor and_ = torch::tensor({0., 0., 0., 1.});
  Tensor or_ = torch::tensor({0., 1., 1., 1.});
  Tensor xor_ = torch::tensor({0., 1., 1., 0.});
  learns("AND", x, and_);
  learns("OR", x, or_);

  Tensor w = torch::zeros({2}), b = torch::zeros({});
  shown(learn(x, xor_, w, b) == 0, "It does not learn XOR: a thousand passes all have a mistake.");

  // Why: (0,1) and (1,0) need w2 + b > 0 and w1 + b > 0, so w1 + w2 + 2b > 0; (0,0) and (1,1) need
  // b <= 0 and w1 + w2 + b <= 0, so w1 + w2 + 2b <= 0. Here for every line of a grid.
  Tensor grid = torch::arange(-10, 11, torch::kFloat) / 2;
  Tensor w1 = grid.view({-1, 1, 1}).expand({21, 21, 21}).reshape({1, -1});
  Tensor w2 = grid.view({1, -1, 1}).expand({21, 21, 21}).reshape({1, -1});
  Tensor biases = grid.expand({21, 21, 21}).reshape({-1});
  Tensor outputs = unit(x, torch::cat({w1, w2}), biases);  // a column for each line
  Tensor right = (outputs == xor_.unsqueeze(1)).sum(0);
  shown(right.max().item<int64_t>() == 3,
        "Of " + std::to_string(right.numel()) + " lines none gets more than 3 of the 4 right.");

  // A unit in between, which sees x and is seen beside x.
  Tensor between = unit(x, torch::tensor({1., 1.}), torch::tensor(-1.5));
  Tensor seen = torch::cat({x, between.unsqueeze(1)}, 1);
  Tensor y = unit(seen, torch::tensor({1., 1., -2.}), torch::tensor(-0.5));
  shown(torch::equal(between, and_) && torch::equal(y, xor_),
        "With a unit for AND in between, XOR is one line again: x1 + x2 - 2 AND - 0.5 = 0.");

  // Training needs slopes, so a sigmoid stands where the threshold was.
  Tensor v = torch::tensor({0.9, 1.1}, torch::requires_grad());
  Tensor c = torch::tensor(-0.5, torch::requires_grad());
  Tensor u = torch::tensor({0.4, 0.6, -0.7}, torch::requires_grad());
  Tensor d = torch::tensor(0.1, torch::requires_grad());
  for (int step = 0; step < 4000; ++step) {
    Tensor hidden = torch::sigmoid(x.matmul(v) + c).unsqueeze(1);
    Tensor out = torch::sigmoid(torch::cat({x, hidden}, 1).matmul(u) + d);
    ((out - xor_) * (out - xor_)).sum().backward();
    torch::NoGradGuard no_grad;
    for (Tensor p : {v, c, u, d}) {
      p -= p.grad();
      p.mutable_grad().zero_();
    }
  }
  torch::NoGradGuard no_grad;
  Tensor found = unit(torch::cat({x, unit(x, v, c).unsqueeze(1)}, 1), u, d);
  shown(torch::equal(found, xor_), "Training finds such weights: with thresholds they give XOR.");
}
