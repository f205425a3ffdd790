// Wrong uses, each refused by both libraries or by neither.
#include <functional>

#include "tests/libtorch/torch.h"

namespace nn = torch::nn;
using torch::Tensor;

static void expect(const char* what, const std::function<void()>& f) {
  try {
    f();
    std::cout << "fine:  " << what << "\n";
  } catch (const std::exception&) {
    std::cout << "error: " << what << "\n";
  }
}
#define TRY(...) expect(#__VA_ARGS__, [&] { __VA_ARGS__; })

int main() {
  Tensor x = torch::ones({2, 3}), w = torch::ones({3}, torch::requires_grad());
  Tensor whole = torch::ones({2, 3}, torch::kLong), none;
  TRY(x + torch::ones({2}));
  TRY(x + torch::ones({3}));
  TRY(x.mm(x));
  TRY(x.mm(x.t()));
  TRY(x.mm(torch::ones({3})));
  TRY(x.matmul(torch::ones({3})));
  TRY(x.matmul(torch::ones({2})));
  TRY(x.bmm(x));
  TRY(x.mv(torch::ones({2})));
  TRY(x.dot(x));
  TRY(torch::ones({3}).dot(torch::ones({2})));
  TRY(x.mm(whole.t()));
  TRY(torch::addmm(torch::ones({4}), x, x.t()));
  TRY(x.view({4}));
  TRY(x.view({-1, -1}));
  TRY(x.view({-1, 0}));
  TRY(x.t().view({6}));
  TRY(x.t().reshape({6}));
  TRY(x.reshape({2, -2}));
  TRY(x.transpose(0, 2));
  TRY(x.transpose(0, -2));
  TRY(x.permute({0}));
  TRY(x.permute({1, 1}));
  TRY(x.unsqueeze(3));
  TRY(x.unsqueeze(-3));
  TRY(x.squeeze(2));
  TRY(x.flatten(1, 0));
  TRY(x.expand({3, 3}));
  TRY(x.expand({3}));
  TRY(x.narrow(0, 1, 2));
  TRY(x.narrow(0, 2, 0));
  TRY(x.select(0, 2));
  TRY(x[-3]);
  TRY(x[1][3]);
  TRY(x[0][0][0]);
  TRY(x.slice(0, 5, 9));
  TRY(x.slice(0, 0, 2, 0));
  TRY(x.slice(0, 0, 2, -1));
  TRY(x.index({torch::tensor({2})}));
  TRY(x.index({torch::tensor({0.5})}));
  TRY(x.index({torch::tensor({true})}));
  TRY(x.split(0));
  TRY(x.split({1, 2}));
  TRY(x.chunk(0));
  TRY(x.flip({0, 0}));
  TRY(torch::cat({x, torch::ones({2, 2})}));
  TRY(torch::cat({x, torch::ones({0})}));
  TRY(torch::stack({x, x.t()}));
  TRY(torch::cat(torch::TensorList()));
  TRY(x.gather(1, torch::tensor({{3}})));
  TRY(x.gather(0, torch::tensor({0})));
  TRY(x.index_select(0, torch::tensor({{0}})));
  TRY(torch::where(x, x, x));
  TRY(x.masked_fill(whole, 1));
  TRY(x.sum(2));
  TRY(x.sum({0, 0}));
  TRY(torch::zeros({0}).max());
  TRY(torch::zeros({0, 3}).max(0));
  TRY(torch::zeros({0, 3}).max(1));
  TRY(torch::zeros({0}).argmax());
  TRY(torch::zeros({0}).sum());
  TRY(torch::zeros({0}).mean());
  TRY(x.topk(4));
  TRY(x.softmax(2));
  TRY(whole.softmax(1));
  TRY(whole.mean());
  TRY(x.norm(2, {3}));
  TRY(torch::one_hot(torch::tensor({-1})));
  TRY(torch::one_hot(torch::tensor({1.0})));
  TRY(x.item());
  TRY(torch::zeros({1, 1}).item());
  TRY(none + x);
  TRY(x + none);
  TRY(x.data_ptr<int>());
  TRY(x.copy_(torch::ones({3, 2})));
  TRY(x.add_(torch::ones({2, 2, 3})));
  TRY(whole.add_(0.5));
  TRY(whole.div_(2));
  TRY(torch::ones({3, 1}).expand({3, 2}).add_(1));
  TRY(w.add_(1));
  TRY(w[0].mul_(2));
  TRY(w.detach().add_(0));
  TRY(torch::NoGradGuard guard; w.add_(0));
  TRY(w.backward());
  TRY(x.sum().backward());
  TRY(whole.requires_grad_());
  TRY((w * 2).requires_grad_(false));
  TRY((w * 2).set_requires_grad(true));
  TRY(Tensor y = w.exp(); y.add_(1); y.sum().backward());
  TRY(Tensor y = w * 2; y.add_(1); y.sum().backward());
  TRY(Tensor y = (w * w).sum(); y.backward(); y.backward());
  TRY(torch::autograd::grad({w.sum()}, {x}));
  TRY(torch::autograd::grad({w * 2}, {w}));
  TRY(torch::empty({-1}));
  TRY(torch::arange(0, 1, 0));
  TRY(torch::arange(1, 0));
  TRY(torch::linspace(0, 1, -1));
  TRY(torch::eye(-1));
  TRY(torch::randint(5, 5, {2}));
  TRY(torch::tensor({{1.0, 2.0}, {3.0}}));
  TRY(torch::ones({2}, torch::kFloat).to(torch::Device("nowhere")));
  TRY(nn::Linear(3, 2)(x));
  TRY(nn::Linear(2, 2)(x));
  TRY(nn::Linear(3, 2)(whole));
  TRY(nn::Conv2d(nn::Conv2dOptions(1, 1, 3))(torch::ones({1, 2, 5, 5})));
  TRY(nn::Conv2d(nn::Conv2dOptions(1, 1, 3))(torch::ones({1, 1, 2, 2})));
  TRY(nn::Conv2d(nn::Conv2dOptions(3, 4, 3).groups(2)));
  TRY(nn::MaxPool2d(2)(torch::ones({1, 1, 1, 1})));
  TRY(nn::BatchNorm1d(3)(x));
  TRY(nn::BatchNorm1d(2)(x));
  TRY(nn::BatchNorm1d(3)(torch::ones({1, 3})));
  TRY(nn::BatchNorm2d(3)(x));
  TRY(nn::LayerNorm(nn::LayerNormOptions({2}))(x));
  TRY(nn::Embedding(3, 2)(torch::tensor({3})));
  TRY(nn::Embedding(3, 2)(torch::tensor({0.5})));
  TRY(nn::Dropout(1.5));
  TRY(nn::Linear empty(nullptr); empty->forward(x));
  TRY(nn::Sequential()->forward(x));
  TRY(nn::functional::mse_loss(x, torch::ones({4})));
  TRY(nn::functional::nll_loss(x, torch::tensor({0, 3})));
  TRY(nn::functional::nll_loss(x, torch::tensor({0, 1, 2})));
  TRY(nn::functional::cross_entropy(x, torch::tensor({0.0, 1.0})));
  TRY(nn::functional::binary_cross_entropy(x * 2, x));
  TRY(torch::optim::SGD({w}, torch::optim::SGDOptions(-1)));
  TRY(torch::optim::Adam({w}, torch::optim::AdamOptions(0.1).betas(std::make_tuple(1.5, 0.9))));
  TRY(torch::optim::SGD({w * 2}, torch::optim::SGDOptions(0.1)));
  TRY(nn::Module m; m.register_parameter("a.b", x));
  TRY(nn::Module m; m.register_parameter("a", x); m.register_parameter("a", x));
  TRY(nn::utils::clip_grad_norm_(std::vector<Tensor>{w}, 1.0));
}
