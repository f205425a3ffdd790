// Indices of every kind, read and written: numbers, slices, new dimensions, masks, lists.
#include "tests/libtorch/torch.h"

using torch::Tensor;
using namespace torch::indexing;

static void show(const char* name, const Tensor& t) {
  std::cout << name << " " << t.sizes() << ":";
  Tensor flat = t.to(torch::kLong).contiguous().view({-1});
  for (int64_t i = 0; i < flat.numel(); ++i) std::cout << " " << flat[i].item<int64_t>();
  std::cout << "\n";
}
#define READ(...) show(#__VA_ARGS__, x.index({__VA_ARGS__}))
#define WRITE(value, ...)               \
  {                                     \
    Tensor y = x.clone();               \
    y.index_put_({__VA_ARGS__}, value); \
    show(#__VA_ARGS__ " = " #value, y); \
  }

int main() {
  Tensor x = torch::arange(24).view({2, 3, 4});
  Tensor i = torch::tensor({1, 0, 1}), j = torch::tensor({{0, 2}, {-1, 1}});
  Tensor rows = torch::tensor({true, false}), even = x - x.div(2).floor().to(torch::kLong) * 2 == 0;
  READ(0);
  READ(-1, 2);
  READ(1, -3, -4);
  READ(None);
  READ(0, None, Slice(), None);
  READ(Slice());
  READ(Slice(1));
  READ(Slice(None, -1));
  READ(Slice(), Slice(None, None, 2), Slice(1, 3));
  READ(Slice(5, 1));
  READ(Slice(), Slice(-100, 100));
  READ("...", 1);
  READ(Ellipsis, Slice(0, 2), 3);
  READ(0, Ellipsis);
  READ(true);
  READ(false);
  READ(i);
  READ(Slice(), j);
  READ(i, i);
  READ(i, Slice(), i);
  READ(i, 2);
  READ(i, None, Slice(0, 1));
  READ(i.unsqueeze(1), torch::tensor({0, 2}));
  READ(rows);
  READ(even);
  READ(Slice(), torch::tensor({true, false, true}));
  READ(rows, torch::tensor({0, 2}));
  READ(x > 100);
  READ(j.clamp(0, 1), j, j);
  READ(torch::tensor({1, 0}, torch::kInt));
  READ(torch::zeros({0}, torch::kLong));

  WRITE(-1, 0);
  WRITE(-1, 1, Slice(), 2);
  WRITE(torch::tensor({-1, -2, -3, -4}), 0);
  WRITE(-1, Ellipsis, Slice(None, None, 3));
  WRITE(-1, i);
  WRITE(-1, i, i);
  WRITE(torch::tensor({-1, -2}), Slice(), torch::tensor({2, 0}), torch::tensor({1, 3}));
  WRITE(-1, x > 10);
  WRITE(-7, rows);
  WRITE(torch::tensor({{-1}, {-2}}), Slice(), 1);

  Tensor y = x.clone();
  y[0][1][2] = 100;
  y[1] = y[0] + 1;
  y[0][0] += 5;
  show("brackets", y);
  y.select(2, 0).fill_(9);
  y.slice(1, 0, 3, 2).zero_();
  y.narrow(2, 3, 1).sub_(1);
  show("views", y);
  show("take rows", x.index_select(1, torch::tensor({2, 0})));
  show("gather", x.gather(2, torch::tensor({{{3}, {2}, {1}}, {{0}, {1}, {2}}})));
  show("mask", x.masked_fill(even, 0));
  show("where", torch::where(even, x, -x));

  // Where gradients go: repeated indices add up.
  Tensor w = torch::arange(6, torch::kDouble).view({2, 3}).requires_grad_();
  (w.index({torch::tensor({0, 0, 1})}) * torch::tensor({{1.0}, {10.0}, {100.0}})).sum().backward();
  show("list", w.grad());
  w.mutable_grad().zero_();
  w.index({Ellipsis, Slice(0, 2)}).mul(3).sum().backward();
  show("slice", w.grad());
  w.mutable_grad().zero_();
  w.index({w > 2}).sum().backward();
  show("mask", w.grad());
  w.mutable_grad().zero_();
  Tensor copy = w * 1;
  copy.index_put_({0, Slice(1)}, torch::zeros({2}, torch::kDouble));
  (copy * 2).sum().backward();
  show("overwritten", w.grad());
}
