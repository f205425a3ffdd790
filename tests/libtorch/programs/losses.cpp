// A table of losses, functionals, initialisations and utilities: values, and gradients of the
// input.
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
namespace F = torch::nn::functional;
using torch::Tensor;

static void print(const std::string& name, const Tensor& t) {
  std::cout << name << " " << t.scalar_type() << " " << t.sizes() << ":";
  Tensor x = t.detach().to(torch::kDouble).contiguous();
  for (int64_t i = 0; i < x.numel(); ++i)
    std::printf(" %.8g", x.data_ptr<double>()[i]), std::fflush(stdout);
  std::cout << std::endl;
}
static Tensor values(std::vector<int64_t> sizes, double shift, torch::ScalarType type) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  return ((torch::arange(n, torch::kDouble) * 1.3 + shift).sin() * 2.1).view(sizes).to(type);
}
static void run(const std::string& name, Tensor x, const std::function<Tensor(const Tensor&)>& f) {
  x.set_requires_grad(true);
  Tensor y = f(x);
  print(name, y);
  Tensor w = (torch::arange(y.numel(), torch::kDouble) + 1).view(y.sizes()).to(y.scalar_type());
  (y * w).sum().backward();
  print(name + ".grad", x.grad());
}

int main() {
  for (auto type : {torch::kFloat, torch::kDouble}) {
    auto x = [&] { return values({3, 4}, 0.2, type); };
    auto target = values({3, 4}, 1.7, type), yes = (target > 0).to(type);
    auto probability = [&] { return torch::sigmoid(values({3, 4}, 0.2, type)); };
    auto classes = torch::tensor({2, 0, 3});
    auto weight = torch::tensor({0.5, 1.0, 2.0, 0.25}, type);

    run("mse", x(), [&](const Tensor& t) { return F::mse_loss(t, target); });
    run("mse none", x(), [&](const Tensor& t) { return F::mse_loss(t, target, torch::kNone); });
    run("mse sum", x(), [&](const Tensor& t) {
      return F::mse_loss(t, target, F::MSELossFuncOptions(torch::kSum));
    });
    run("l1", x(), [&](const Tensor& t) {
      return F::l1_loss(t, target, F::L1LossFuncOptions().reduction(torch::kSum));
    });
    run("smooth l1", x(), [&](const Tensor& t) { return F::smooth_l1_loss(t, target); });
    run("smooth l1 beta", x(), [&](const Tensor& t) {
      return nn::SmoothL1Loss(nn::SmoothL1LossOptions().beta(0.5))(t, target);
    });
    run("huber", x(), [&](const Tensor& t) {
      return F::huber_loss(t, target, F::HuberLossFuncOptions().delta(0.7));
    });
    run("bce", probability(), [&](const Tensor& t) { return F::binary_cross_entropy(t, yes); });
    run("bce weight", probability(), [&](const Tensor& t) {
      return nn::BCELoss(nn::BCELossOptions().weight(weight).reduction(torch::kNone))(t, yes);
    });
    run("bce logits", x(), [&](const Tensor& t) { return nn::BCEWithLogitsLoss()(t, yes); });
    run("bce logits pos", x(), [&](const Tensor& t) {
      return F::binary_cross_entropy_with_logits(
          t, yes, F::BinaryCrossEntropyWithLogitsFuncOptions().pos_weight(weight).weight(weight));
    });
    run("ce", x(), [&](const Tensor& t) { return F::cross_entropy(t, classes); });
    run("ce smooth", x(), [&](const Tensor& t) {
      return nn::CrossEntropyLoss(nn::CrossEntropyLossOptions().label_smoothing(0.1))(t, classes);
    });
    run("ce weight", x(), [&](const Tensor& t) {
      return F::cross_entropy(t, classes,
                              F::CrossEntropyFuncOptions().weight(weight).ignore_index(0));
    });
    run("ce none", x(), [&](const Tensor& t) {
      return F::cross_entropy(t, classes, F::CrossEntropyFuncOptions().reduction(torch::kNone));
    });
    run("nll", x(), [&](const Tensor& t) { return nn::NLLLoss()(F::log_softmax(t, 1), classes); });
    run("nll ignore", x(), [&](const Tensor& t) {
      return F::nll_loss(torch::log_softmax(t, 1), classes,
                         F::NLLLossFuncOptions().ignore_index(3).reduction(torch::kSum));
    });
    run("torch nll", x(), [&](const Tensor& t) {
      return torch::nll_loss(torch::log_softmax(t, 1), classes, {}, torch::Reduction::Sum);
    });
    run("torch mse", x(), [&](const Tensor& t) { return torch::mse_loss(t, target); });

    run("relu", x(), [](const Tensor& t) { return F::relu(t); });
    run("relu6", x(), [](const Tensor& t) { return F::relu6(t * 4, F::ReLU6FuncOptions()); });
    run("selu", x(), [](const Tensor& t) { return F::selu(t); });
    run("elu", x(), [](const Tensor& t) { return F::elu(t, F::ELUFuncOptions().alpha(0.7)); });
    run("celu", x(), [](const Tensor& t) { return F::celu(t, F::CELUFuncOptions().alpha(0.7)); });
    run("leaky_relu", x(), [](const Tensor& t) {
      return F::leaky_relu(t, F::LeakyReLUFuncOptions().negative_slope(0.3));
    });
    run("gelu", x(), [](const Tensor& t) { return F::gelu(t); });
    run("gelu tanh", x(),
        [](const Tensor& t) { return F::gelu(t, F::GELUFuncOptions().approximate("tanh")); });
    run("silu", x(), [](const Tensor& t) { return F::silu(t); });
    run("mish", x(), [](const Tensor& t) { return F::mish(t); });
    run("logsigmoid", x(), [](const Tensor& t) { return F::logsigmoid(t); });
    run("softsign", x(), [](const Tensor& t) { return F::softsign(t); });
    run("tanhshrink", x(), [](const Tensor& t) { return F::tanhshrink(t); });
    run("hardtanh", x(), [](const Tensor& t) {
      return F::hardtanh(t, F::HardtanhFuncOptions().min_val(-0.5).max_val(0.75));
    });
    run("hardshrink", x(),
        [](const Tensor& t) { return F::hardshrink(t, F::HardshrinkFuncOptions(0.4)); });
    run("softshrink", x(), [](const Tensor& t) { return F::softshrink(t, 0.4); });
    run("softplus", x(), [](const Tensor& t) {
      return F::softplus(t, F::SoftplusFuncOptions().beta(2).threshold(3));
    });
    run("threshold", x(),
        [](const Tensor& t) { return F::threshold(t, F::ThresholdFuncOptions(0.5, -3)); });
    run("prelu", x(), [&](const Tensor& t) { return F::prelu(t, weight); });
    run("softmax", x(), [](const Tensor& t) { return F::softmax(t, 1); });
    run("softmax dtype", x(), [](const Tensor& t) {
      return F::softmax(t, F::SoftmaxFuncOptions(0).dtype(torch::kDouble));
    });
    run("softmin", x(), [](const Tensor& t) { return F::softmin(t, 0); });
    run("module softmin", x(), [](const Tensor& t) { return nn::Softmin(1)(t); });
    run("module chain", x(), [&](const Tensor& t) {
      auto chain =
          nn::Sequential(nn::Sigmoid(), nn::Tanh(), nn::LogSigmoid(), nn::Softsign(), nn::PReLU());
      chain->to(type);
      return chain->forward(t);
    });

    auto w = values({2, 4}, 0.5, type), b = values({2}, 0.9, type);
    run("linear", x(), [&](const Tensor& t) { return F::linear(t, w, b); });
    run("linear weight", w.clone(), [&](const Tensor& t) { return F::linear(x(), t); });
    auto image = [&] { return values({2, 2, 5, 6}, 0.3, type); };
    auto kernel = values({4, 1, 3, 2}, 0.1, type), shift = values({4}, 0.6, type);
    run("conv2d", image(), [&](const Tensor& t) {
      return F::conv2d(t, kernel,
                       F::Conv2dFuncOptions().bias(shift).stride({2, 1}).padding(1).groups(2));
    });
    run("torch conv2d", image(), [&](const Tensor& t) {
      return torch::conv2d(t, values({1, 2, 2, 2}, 0.1, type), {}, 2, 1);
    });
    run("conv1d", values({1, 2, 7}, 0.2, type), [&](const Tensor& t) {
      return F::conv1d(t, values({3, 2, 3}, 0.1, type), F::Conv1dFuncOptions().dilation(2));
    });
    run("max_pool2d", image(), [](const Tensor& t) {
      return F::max_pool2d(t, F::MaxPool2dFuncOptions({3, 2}).stride(2).padding(1));
    });
    run("torch max_pool2d", image(), [](const Tensor& t) { return torch::max_pool2d(t, 2); });
    run("avg_pool2d", image(), [](const Tensor& t) {
      return F::avg_pool2d(
          t, F::AvgPool2dFuncOptions(2).stride(2).padding(1).count_include_pad(false));
    });
    run("adaptive_avg_pool2d", image(), [](const Tensor& t) {
      return F::adaptive_avg_pool2d(t, F::AdaptiveAvgPool2dFuncOptions(2));
    });
    run("layer_norm", x(), [&](const Tensor& t) {
      return F::layer_norm(t, F::LayerNormFuncOptions({4}).weight(weight).eps(1e-3));
    });
    run("embedding", values({5, 3}, 0.3, type), [](const Tensor& t) {
      return F::embedding(torch::tensor({1, 4, 1}), t, F::EmbeddingFuncOptions().padding_idx(4));
    });
    run("dropout", x(), [](const Tensor& t) {
      return F::dropout(t, F::DropoutFuncOptions().p(0.3).training(false));
    });
    print("one_hot", F::one_hot(classes, 4));

    auto p = values({2, 3}, 0.1, type).set_requires_grad(true),
         q = values({4}, 0.7, type).set_requires_grad(true);
    ((p * p * p).sum() + (q * q).sum() * 3).backward();
    std::vector<Tensor> both = {p, q};
    std::cout << nn::utils::clip_grad_norm_(both, 2.5) << "\n";
    print("clipped", p.grad());
    std::cout << nn::utils::clip_grad_norm_(both, 1.5, INFINITY) << "\n";
    nn::utils::clip_grad_value_(both, 0.2);
    print("clipped", q.grad());
    auto vec = nn::utils::parameters_to_vector(both);
    print("vector", vec);
    nn::utils::vector_to_parameters(vec * 2, both);
    print("from vector", q);
  }
  auto t = torch::empty({4, 3});
  print("constant", nn::init::constant_(t, 2.5));
  print("ones", nn::init::ones_(t));
  print("eye", nn::init::eye_(t));
  print("zeros", nn::init::zeros_(t));
  std::cout << nn::init::calculate_gain(torch::kReLU) << " "
            << nn::init::calculate_gain(torch::kTanh) << " "
            << nn::init::calculate_gain(torch::kLeakyReLU, 0.2) << "\n";
  auto big = torch::empty({300, 200});
  auto bounds = [&](double largest) {
    std::cout << (big.abs().max() <= largest).item<bool>()
              << (big.abs().max() > 0.98 * largest).item<bool>()
              << (big.mean().abs() < 0.02 * largest).item<bool>() << "\n";
  };
  nn::init::uniform_(big, -2, 2), bounds(2);
  nn::init::xavier_uniform_(big), bounds(std::sqrt(6.0 / 500));
  nn::init::kaiming_uniform_(big, std::sqrt(5.0)), bounds(1 / std::sqrt(200.0));
  nn::init::kaiming_uniform_(big, 0, torch::kFanOut, torch::kReLU), bounds(std::sqrt(6.0 / 300));
  auto spread = [&](double std) {
    std::cout << ((big.std() / std - 1).abs() < 0.02).item<bool>() << "\n";
  };
  nn::init::normal_(big, 1, 0.5), spread(0.5);
  nn::init::xavier_normal_(big, 2), spread(2 * std::sqrt(2.0 / 500));
  nn::init::kaiming_normal_(big), spread(std::sqrt(2.0 / 200));
  std::cout << nn::MSELoss() << nn::L1Loss() << nn::SmoothL1Loss() << nn::HuberLoss()
            << nn::BCELoss() << nn::BCEWithLogitsLoss() << nn::CrossEntropyLoss() << nn::NLLLoss()
            << "\n";
}
