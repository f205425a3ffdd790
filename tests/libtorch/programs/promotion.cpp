// Which dtype results: of two tensors, of a tensor and a number, of a scalar tensor; what functions
// make of each dtype; what in place refuses.
#include <functional>

#include "tests/libtorch/torch.h"

using torch::Tensor;

static const std::vector<torch::Dtype> kTypes = {torch::kBool,  torch::kByte,  torch::kInt,
                                                 torch::kLong,  torch::kHalf,  torch::kBFloat16,
                                                 torch::kFloat, torch::kDouble};

static void show(const std::function<Tensor()>& f) {
  try {
    std::cout << " " << f().scalar_type();
  } catch (const std::exception&) {
    std::cout << " error";
  }
}

int main() {
  const std::vector<std::pair<const char*, std::function<Tensor(Tensor, Tensor)>>> binary = {
      {"add", [](Tensor a, Tensor b) { return a + b; }},
      {"sub", [](Tensor a, Tensor b) { return a - b; }},
      {"mul", [](Tensor a, Tensor b) { return a * b; }},
      {"div", [](Tensor a, Tensor b) { return a / b; }},
      {"pow", [](Tensor a, Tensor b) { return a.pow(b); }},
      {"eq", [](Tensor a, Tensor b) { return a == b; }},
      {"maximum", [](Tensor a, Tensor b) { return torch::maximum(a, b); }},
      {"where", [](Tensor a, Tensor b) { return torch::where(a == a, a, b); }},
      {"cat",
       [](Tensor a, Tensor b) {
         return torch::cat({a.view({-1}), b.view({-1})});
       }},
      {"logical_and", [](Tensor a, Tensor b) { return torch::logical_and(a, b); }},
      {"add_", [](Tensor a, Tensor b) { return a.add_(b); }},
      {"mul_", [](Tensor a, Tensor b) { return a.mul_(b); }},
      {"div_", [](Tensor a, Tensor b) { return a.div_(b); }},
      {"copy_", [](Tensor a, Tensor b) { return a.copy_(b); }},
      {"mv",
       [](Tensor a, Tensor b) {
         return a.view({1, -1}).mv(b.view({-1}));
       }},
  };
  for (const auto& [name, f] : binary) {
    for (auto s : kTypes) {
      std::cout << name << " " << s << ":";
      for (auto t : kTypes) show([&] { return f(torch::ones({2}, s), torch::ones({2}, t)); });
      std::cout << " |";  // with a scalar tensor
      if (std::string(name) != "mv") {
        for (auto t : kTypes) show([&] { return f(torch::ones({2}, s), torch::ones({}, t)); });
      }
      std::cout << "\n";
    }
  }
  const std::vector<std::pair<const char*, std::function<Tensor(Tensor)>>> with_number = {
      {"x + 1", [](Tensor x) { return x + 1; }},
      {"x + 1.5", [](Tensor x) { return x + 1.5; }},
      {"x + true", [](Tensor x) { return x + true; }},
      {"x * 2", [](Tensor x) { return x * 2; }},
      {"2 / x", [](Tensor x) { return 2 / x; }},
      {"2 - x", [](Tensor x) { return 2 - x; }},
      {"x / 2", [](Tensor x) { return x / 2; }},
      {"x.pow(2)", [](Tensor x) { return x.pow(2); }},
      {"x.pow(0.5)", [](Tensor x) { return x.pow(0.5); }},
      {"x > 0.5", [](Tensor x) { return x > 0.5; }},
      {"clamp", [](Tensor x) { return x.clamp(0, 1); }},
      {"clamp 0.5", [](Tensor x) { return x.clamp(0.5, 1.5); }},
      {"masked_fill", [](Tensor x) { return x.masked_fill(x == 1, 2); }},
      {"full_like", [](Tensor x) { return torch::full_like(x, 1); }},
      {"add_ 1", [](Tensor x) { return x.add_(1); }},
      {"add_ 1.5", [](Tensor x) { return x.add_(1.5); }},
      {"fill_", [](Tensor x) { return x.fill_(1.5); }},
      {"-x", [](Tensor x) { return -x; }},
      {"abs", [](Tensor x) { return x.abs(); }},
      {"sign", [](Tensor x) { return x.sign(); }},
      {"exp", [](Tensor x) { return x.exp(); }},
      {"sqrt", [](Tensor x) { return x.sqrt(); }},
      {"square", [](Tensor x) { return x.square(); }},
      {"reciprocal", [](Tensor x) { return x.reciprocal(); }},
      {"sigmoid", [](Tensor x) { return x.sigmoid(); }},
      {"relu", [](Tensor x) { return x.relu(); }},
      {"floor", [](Tensor x) { return x.floor(); }},
      {"round", [](Tensor x) { return x.round(); }},
      {"logical_not", [](Tensor x) { return x.logical_not(); }},
      {"isnan", [](Tensor x) { return x.isnan(); }},
      {"sum", [](Tensor x) { return x.sum(); }},
      {"sum 0", [](Tensor x) { return x.sum(0); }},
      {"mean", [](Tensor x) { return x.mean(); }},
      {"prod", [](Tensor x) { return x.prod(); }},
      {"var", [](Tensor x) { return x.var(); }},
      {"norm", [](Tensor x) { return x.norm(); }},
      {"max", [](Tensor x) { return x.max(); }},
      {"max 0", [](Tensor x) { return std::get<0>(x.max(0)); }},
      {"amin", [](Tensor x) { return x.amin(0); }},
      {"argmax", [](Tensor x) { return x.argmax(); }},
      {"cumsum", [](Tensor x) { return x.cumsum(0); }},
      {"sort", [](Tensor x) { return std::get<0>(x.sort()); }},
      {"topk", [](Tensor x) { return std::get<1>(x.topk(1)); }},
      {"all", [](Tensor x) { return x.all(); }},
      {"softmax", [](Tensor x) { return x.softmax(0); }},
      {"mm",
       [](Tensor x) {
         return x.view({1, 2}).mm(x.view({2, 1}));
       }},
      {"dot", [](Tensor x) { return x.dot(x); }},
      {"flip", [](Tensor x) { return x.flip(0); }},
      {"one_hot", [](Tensor x) { return torch::one_hot(x); }},
      {"requires_grad_", [](Tensor x) { return x.requires_grad_(); }},
      {"rand_like", [](Tensor x) { return torch::rand_like(x); }},
  };
  for (const auto& [name, f] : with_number) {
    std::cout << name << ":";
    for (auto t : kTypes) show([&] { return f(torch::ones({2}, t)); });
    std::cout << "\n";
  }
}
