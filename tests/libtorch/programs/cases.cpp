// A table of expressions, each with its value and the gradients of its operands; or that it is an
// error. One line a case: the name, the dtype, the sizes, the values.
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "tests/libtorch/torch.h"

using torch::Tensor;
using Tensors = std::vector<Tensor>;

static void print(const std::string& name, const Tensor& t) {
  std::cout << name << " " << t.scalar_type() << " " << t.sizes() << ":";
  Tensor x = t.detach().to(torch::kDouble).contiguous();
  for (int64_t i = 0; i < x.numel(); ++i) std::printf(" %.10g", x.data_ptr<double>()[i]);
  std::fflush(stdout);
  std::cout << std::endl;
}

/// f of operands, and the gradients of (f * weights).sum() where they want one.
static void run(const std::string& name, Tensors in, const std::function<Tensor(Tensors&)>& f) {
  try {
    Tensor y = f(in);
    print(name, y);
    bool any = false;
    for (Tensor& x : in) any = any || x.requires_grad();
    if (!any || !y.requires_grad()) return;
    Tensor w =
        torch::arange(1, double(y.numel()) + 1, torch::kDouble).view(y.sizes()).to(y.scalar_type());
    (y * w).sum().backward();
    for (size_t i = 0; i < in.size(); ++i) {
      if (in[i].requires_grad() && in[i].grad().defined()) {
        print(name + ".grad" + std::to_string(i), in[i].grad());
      }
    }
  } catch (const std::exception&) {
    std::cout << name << " error" << std::endl;
  }
}

/// Numbers that look random, the same in both libraries.
static Tensor numbers(std::vector<int64_t> sizes, double lo = -2, double hi = 2,
                      torch::Dtype t = torch::kFloat, int seed = 1) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  std::vector<double> v;
  uint32_t state = uint32_t(seed) * 2654435761u + 12345u;
  for (int64_t i = 0; i < n; ++i) {
    state = state * 1664525u + 1013904223u;
    v.push_back(lo + (hi - lo) * double(state >> 8) / 16777216.0);
  }
  return torch::tensor(v, torch::kDouble).view(sizes).to(t);
}
static Tensor leaf(std::vector<int64_t> sizes, double lo = -2, double hi = 2, int seed = 1,
                   torch::Dtype t = torch::kDouble) {
  return numbers(sizes, lo, hi, t, seed).requires_grad_();
}

#define UNARY(f, lo, hi)                                                               \
  run(#f, {leaf({3, 4}, lo, hi)}, [](Tensors& x) { return torch::f(x[0]); });          \
  run(#f ".scalar", {leaf({}, lo, hi)}, [](Tensors& x) { return x[0].f(); });          \
  run(#f ".strided", {leaf({4, 3}, lo, hi)}, [](Tensors& x) { return x[0].t().f(); }); \
  run(#f ".empty", {leaf({0, 3}, lo, hi)}, [](Tensors& x) { return x[0].f(); });       \
  run(#f ".float", {numbers({5}, lo, hi)}, [](Tensors& x) { return x[0].f(); });
#define BINARY(f, lo, hi)                                                                   \
  run(#f, {leaf({3, 4}, lo, hi), leaf({3, 4}, lo, hi, 2)},                                  \
      [](Tensors& x) { return torch::f(x[0], x[1]); });                                     \
  run(#f ".broadcast", {leaf({3, 1}, lo, hi), leaf({4}, lo, hi, 2)},                        \
      [](Tensors& x) { return x[0].f(x[1]); });                                             \
  run(#f ".scalar", {leaf({2, 2}, lo, hi)},                                                 \
      [](Tensors& x) { return x[0].f(x[0].detach()[0][0]); });                              \
  run(#f ".mixed", {numbers({3}, 1, 4, torch::kInt), numbers({3}, 1, 4, torch::kFloat, 3)}, \
      [](Tensors& x) { return x[0].f(x[1]); });                                             \
  run(#f ".refused", {leaf({3}), leaf({4})}, [](Tensors& x) { return x[0].f(x[1]); });
#define CASE(name, in, expr)               \
  run(name, in, [](Tensors& x) -> Tensor { \
    (void)x;                               \
    return expr;                           \
  });
#define IN(...) \
  Tensors { __VA_ARGS__ }

int main() {
  using namespace torch::indexing;
  UNARY(abs, -2, 2)
  UNARY(neg, -2, 2)
  UNARY(exp, -2, 2)
  UNARY(expm1, -2, 2)
  UNARY(log, 0.1, 3)
  UNARY(log1p, -0.5, 3)
  UNARY(sqrt, 0.1, 3)
  UNARY(rsqrt, 0.1, 3)
  UNARY(square, -2, 2)
  UNARY(reciprocal, 0.5, 3)
  UNARY(sin, -3, 3)
  UNARY(cos, -3, 3)
  UNARY(tanh, -2, 2)
  UNARY(sigmoid, -4, 4)
  UNARY(relu, -2, 2)
  UNARY(erf, -2, 2)
  UNARY(floor, -3, 3)
  UNARY(ceil, -3, 3)
  UNARY(round, -3, 3)
  UNARY(sign, -3, 3)
  BINARY(add, -2, 2)
  BINARY(sub, -2, 2)
  BINARY(mul, -2, 2)
  BINARY(div, 0.5, 3)
  BINARY(pow, 0.5, 2)
  BINARY(maximum, -2, 2)
  BINARY(minimum, -2, 2)
  BINARY(eq, -2, 2)
  BINARY(lt, -2, 2)
  BINARY(ge, -2, 2)

  CASE("add.alpha", IN(leaf({3}), leaf({3}, -1, 1, 2)), torch::add(x[0], x[1], 2.5))
  CASE("sub.alpha", IN(leaf({3}), leaf({3}, -1, 1, 2)), x[0].sub(x[1], -0.5))
  CASE("int.add", IN(numbers({3}, -9, 9, torch::kInt)), x[0] + 1)
  CASE("int.add.float", IN(numbers({3}, -9, 9, torch::kInt)), x[0] + 1.5)
  CASE("int.div", IN(numbers({3}, -9, 9, torch::kLong)), x[0] / 2)
  CASE("int.sigmoid", IN(numbers({3}, -9, 9, torch::kLong)), x[0].sigmoid())
  CASE("int.floor", IN(numbers({3}, -9, 9, torch::kLong)), x[0].floor())
  CASE("int.pow", IN(numbers({3}, -9, 9, torch::kLong)), x[0].pow(2))
  CASE("bool.sum", IN(numbers({9})), (x[0] > 0).sum())
  CASE("bool.mul", IN(numbers({9})), (x[0] > 0) * (x[0] < 1))
  CASE("byte.add", IN(numbers({9}, 0, 255, torch::kByte)), x[0] + x[0])
  CASE("half.add", IN(numbers({9}, -2, 2, torch::kHalf)), x[0] + x[0])
  CASE("bfloat16.mul", IN(numbers({9}, -2, 2, torch::kBFloat16)), x[0] * x[0])
  CASE("half.scalar", IN(numbers({3}, -2, 2, torch::kHalf)), x[0] * 1.5)
  CASE("scalar.sub", IN(leaf({3})), 2 - x[0])
  CASE("scalar.div", IN(leaf({3}, 1, 2)), 2 / x[0])
  CASE("pow.3", IN(leaf({3})), x[0].pow(3))
  CASE("pow.half", IN(leaf({3}, 1, 2)), x[0].pow(0.5))
  CASE("pow.negative", IN(leaf({3}, 1, 2)), x[0].pow(-1.5))
  CASE("clamp", IN(leaf({9})), x[0].clamp(-1, 1))
  CASE("clamp.min", IN(leaf({9})), torch::clamp(x[0], 0.5))
  CASE("clamp.int", IN(numbers({9}, -9, 9, torch::kInt)), x[0].clamp(-3, 3))
  CASE("where", IN(leaf({3, 3}), leaf({3}, -2, 2, 2)), torch::where(x[0] > 0, x[0], x[1]))
  CASE("masked_fill", IN(leaf({3, 3})), x[0].masked_fill(x[0] > 0, 9))
  CASE("logical_not", IN(numbers({5})), (x[0] > 0).logical_not())
  CASE("isnan", IN(torch::tensor({1.0, double(NAN), double(INFINITY)})), x[0].isnan())
  CASE("isinf", IN(torch::tensor({1.0, double(NAN), -double(INFINITY)})), x[0].isinf())
  CASE("isfinite", IN(torch::tensor({1.0, double(NAN), double(INFINITY)})), x[0].isfinite())
  CASE("max.nan", IN(torch::tensor({1.0, double(NAN), 2.0})), x[0].max())

  CASE("sum", IN(leaf({3, 4})), x[0].sum())
  CASE("sum.dim", IN(leaf({3, 4})), x[0].sum(0))
  CASE("sum.dims", IN(leaf({2, 3, 4})), x[0].sum({0, 2}))
  CASE("sum.keepdim", IN(leaf({3, 4})), x[0].sum(-1, true))
  CASE("sum.empty", IN(leaf({0, 4})), x[0].sum(0))
  CASE("sum.int", IN(numbers({9}, -9, 9, torch::kInt)), x[0].sum())
  CASE("sum.dtype", IN(numbers({9})), x[0].sum(torch::kDouble))
  CASE("sum.refused", IN(leaf({3})), x[0].sum(1))
  CASE("mean", IN(leaf({3, 4})), x[0].mean())
  CASE("mean.dim", IN(leaf({3, 4})), x[0].mean(1))
  CASE("mean.int", IN(numbers({9}, -9, 9, torch::kInt)), x[0].mean())
  CASE("prod", IN(leaf({3, 4}, 0.5, 2)), x[0].prod())
  CASE("prod.dim", IN(leaf({3, 4})), x[0].prod(1))
  CASE("var", IN(leaf({3, 4})), x[0].var())
  CASE("var.biased", IN(leaf({3, 4})), x[0].var(0, false))
  CASE("std", IN(leaf({3, 4})), x[0].std())
  CASE("std.dim", IN(leaf({3, 4})), x[0].std(1))
  CASE("norm", IN(leaf({3, 4})), x[0].norm())
  CASE("norm.1", IN(leaf({3, 4})), x[0].norm(1))
  CASE("norm.3", IN(leaf({3, 4})), x[0].norm(3))
  CASE("norm.dim", IN(leaf({3, 4})), x[0].norm(2, {1}))
  CASE("norm.zero", IN(torch::zeros({3}, torch::kDouble).requires_grad_()), x[0].norm())
  CASE("max", IN(leaf({3, 4})), x[0].max())
  CASE("min", IN(leaf({3, 4})), x[0].min())
  CASE("max.ties", IN(torch::tensor({1.0, 2.0, 2.0}, torch::kDouble).requires_grad_()), x[0].max())
  CASE("max.dim", IN(leaf({3, 4})), std::get<0>(x[0].max(1)))
  CASE("max.dim.at", IN(leaf({3, 4})), std::get<1>(x[0].max(0, true)))
  CASE("min.dim", IN(leaf({3, 4})), std::get<0>(torch::min(x[0], 0)))
  CASE("amax", IN(leaf({3, 4})), x[0].amax({0}))
  CASE("argmax", IN(leaf({3, 4})), x[0].argmax())
  CASE("argmax.dim", IN(leaf({3, 4})), x[0].argmax(1, true))
  CASE("argmin", IN(leaf({3, 4})), torch::argmin(x[0], -1))
  CASE("all", IN(numbers({3})), (x[0] > -9).all())
  CASE("any", IN(numbers({3})), (x[0] > 9).any())
  CASE("cumsum", IN(leaf({3, 4})), x[0].cumsum(1))
  CASE("sort", IN(leaf({3, 4})), std::get<0>(x[0].sort(1)))
  CASE("sort.descending.at", IN(leaf({3, 4})), std::get<1>(x[0].sort(0, true)))
  CASE("topk", IN(leaf({3, 5})), std::get<0>(x[0].topk(2)))
  CASE("topk.at", IN(leaf({3, 5})), std::get<1>(x[0].topk(2, 0, false)))
  CASE("softmax", IN(leaf({3, 4})), x[0].softmax(1))
  CASE("softmax.0", IN(leaf({3, 4})), torch::softmax(x[0], 0))
  CASE("log_softmax", IN(leaf({3, 4})), x[0].log_softmax(-1))
  CASE("log_softmax.large", IN(leaf({3}, -1e4, 1e4)), x[0].log_softmax(0))

  CASE("mm", IN(leaf({2, 3}), leaf({3, 4}, -1, 1, 2)), x[0].mm(x[1]))
  CASE("mm.t", IN(leaf({3, 2}), leaf({4, 3}, -1, 1, 2)), x[0].t().mm(x[1].t()))
  CASE("mm.refused", IN(leaf({2, 3}), leaf({2, 3})), x[0].mm(x[1]))
  CASE("mm.dims", IN(leaf({3}), leaf({3, 2})), x[0].mm(x[1]))
  CASE("bmm", IN(leaf({2, 2, 3}), leaf({2, 3, 4}, -1, 1, 2)), torch::bmm(x[0], x[1]))
  CASE("mv", IN(leaf({2, 3}), leaf({3}, -1, 1, 2)), x[0].mv(x[1]))
  CASE("dot", IN(leaf({3}), leaf({3}, -1, 1, 2)), x[0].dot(x[1]))
  CASE("matmul.vectors", IN(leaf({3}), leaf({3}, -1, 1, 2)), x[0].matmul(x[1]))
  CASE("matmul.vector", IN(leaf({3}), leaf({3, 2}, -1, 1, 2)), x[0].matmul(x[1]))
  CASE("matmul.column", IN(leaf({2, 3}), leaf({3}, -1, 1, 2)), x[0].matmul(x[1]))
  CASE("matmul.batch", IN(leaf({2, 2, 3}), leaf({3, 4}, -1, 1, 2)), x[0].matmul(x[1]))
  CASE("matmul.broadcast", IN(leaf({2, 1, 2, 3}), leaf({3, 3, 2}, -1, 1, 2)), x[0].matmul(x[1]))
  CASE("matmul.refused", IN(leaf({2, 3}), leaf({4, 2})), x[0].matmul(x[1]))
  CASE("matmul.dtypes", IN(numbers({2, 2}), numbers({2, 2}, -1, 1, torch::kDouble)),
       x[0].matmul(x[1]))
  CASE("addmm", IN(leaf({4}), leaf({2, 3}), leaf({3, 4}, -1, 1, 2)), torch::addmm(x[0], x[1], x[2]))
  CASE("addmm.scaled", IN(leaf({2, 4}), leaf({2, 3}), leaf({3, 4}, -1, 1, 2)),
       torch::addmm(x[0], x[1], x[2], 0.5, 2))

  CASE("view", IN(leaf({3, 4})), x[0].view({2, -1}))
  CASE("view.refused", IN(leaf({3, 4})), x[0].view({5, -1}))
  CASE("view.strided", IN(leaf({3, 4})), x[0].t().view({12}))
  CASE("reshape.strided", IN(leaf({3, 4})), x[0].t().reshape({2, 6}))
  CASE("transpose", IN(leaf({2, 3, 4})), x[0].transpose(0, -1))
  CASE("permute", IN(leaf({2, 3, 4})), x[0].permute({2, 0, 1}))
  CASE("permute.refused", IN(leaf({2, 3})), x[0].permute({0, 0}))
  CASE("t", IN(leaf({2, 3})), x[0].t())
  CASE("t.vector", IN(leaf({3})), x[0].t())
  CASE("t.refused", IN(leaf({2, 3, 4})), x[0].t())
  CASE("squeeze", IN(leaf({1, 3, 1})), x[0].squeeze())
  CASE("squeeze.dim", IN(leaf({1, 3, 1})), x[0].squeeze(0))
  CASE("squeeze.not", IN(leaf({1, 3, 1})), x[0].squeeze(1))
  CASE("unsqueeze", IN(leaf({3})), x[0].unsqueeze(-1))
  CASE("flatten", IN(leaf({2, 3, 4})), x[0].flatten(1))
  CASE("flatten.scalar", IN(leaf({})), x[0].flatten())
  CASE("expand", IN(leaf({3, 1})), x[0].expand({2, 3, 4}))
  CASE("expand.keep", IN(leaf({3, 1})), x[0].expand({-1, 4}))
  CASE("expand.refused", IN(leaf({3, 2})), x[0].expand({3, 4}))
  CASE("repeat", IN(leaf({2, 3})), x[0].repeat({2, 1, 2}))
  CASE("slice", IN(leaf({5, 2})), x[0].slice(0, 1, 4, 2))
  CASE("slice.far", IN(leaf({5})), x[0].slice(0, -3, 100))
  CASE("narrow", IN(leaf({5, 2})), x[0].narrow(0, 1, 3))
  CASE("narrow.refused", IN(leaf({5, 2})), x[0].narrow(0, 3, 3))
  CASE("select", IN(leaf({3, 4})), x[0].select(1, -1))
  CASE("select.refused", IN(leaf({3, 4})), x[0].select(1, 4))
  CASE("brackets", IN(leaf({3, 4})), x[0][1][2])
  CASE("index.slice", IN(leaf({3, 4})), x[0].index({Slice(), Slice(1, None, 2)}))
  CASE("index.ellipsis", IN(leaf({2, 3, 4})), x[0].index({Ellipsis, 1}))
  CASE("index.none", IN(leaf({2, 3})), x[0].index({None, 1, None}))
  CASE("index.mask", IN(leaf({3, 4})), x[0].index({x[0] > 0}))
  CASE("index.list", IN(leaf({3, 4})), x[0].index({torch::tensor({2, 0, 2})}))
  CASE("index.lists", IN(leaf({3, 4})), x[0].index({torch::tensor({2, 0}), torch::tensor({1, -1})}))
  CASE("index.later", IN(leaf({2, 3, 4})), x[0].index({Slice(), torch::tensor({2, 0})}))
  CASE("index.apart", IN(leaf({2, 3, 4})),
       x[0].index({torch::tensor({1, 0}), Slice(), torch::tensor({2, 3})}))
  CASE("index.refused", IN(leaf({3, 4})), x[0].index({torch::tensor({3})}))
  CASE("index.many", IN(leaf({3})), x[0].index({0, 0}))
  CASE("split", IN(leaf({5, 2})), x[0].split(2)[2])
  CASE("split.sizes", IN(leaf({5, 2})), x[0].split({1, 4})[1])
  CASE("chunk", IN(leaf({5, 2})), x[0].chunk(3)[1])
  CASE("unbind", IN(leaf({3, 2})), x[0].unbind()[1])
  CASE("flip", IN(leaf({3, 2})), x[0].flip({0, 1}))
  CASE("cat", IN(leaf({2, 3}), leaf({2, 1}, -1, 1, 2)), torch::cat({x[0], x[1], x[0]}, 1))
  CASE("cat.dtypes", IN(numbers({2}), numbers({2}, 0, 9, torch::kInt)), torch::cat({x[1], x[0]}))
  CASE("cat.refused", IN(leaf({2, 3}), leaf({2, 1})), torch::cat({x[0], x[1]}))
  CASE("stack", IN(leaf({2, 3}), leaf({2, 3}, -1, 1, 2)), torch::stack({x[0], x[1]}, -1))
  CASE("stack.refused", IN(leaf({2, 3}), leaf({2})), torch::stack({x[0], x[1]}))
  CASE("gather", IN(leaf({3, 4})), x[0].gather(1, torch::tensor({{0, 3}, {1, 1}, {2, 0}})))
  CASE("gather.refused", IN(leaf({3, 4})), x[0].gather(1, torch::tensor({{4}})))
  CASE("scatter_add", IN(leaf({3}), leaf({4}, -1, 1, 2)),
       x[0].scatter_add(0, torch::tensor({0, 2, 0, 1}), x[1]))
  CASE("index_select", IN(leaf({3, 4})), x[0].index_select(1, torch::tensor({3, 3, 0})))
  CASE("one_hot", IN(torch::tensor({2, 0, 1})), torch::one_hot(x[0]))
  CASE("one_hot.refused", IN(torch::tensor({2, 0, 1})), torch::one_hot(x[0], 2))
  CASE("clone", IN(leaf({3})), x[0].clone())
  CASE("to", IN(leaf({3})), x[0].to(torch::kFloat))
  CASE("to.int", IN(numbers({5}, -9, 9)), x[0].to(torch::kInt))
  CASE("to.bool", IN(torch::tensor({0.0, 0.5, -1.0})), x[0].to(torch::kBool))
  CASE("contiguous", IN(leaf({2, 3})), x[0].t().contiguous())

  CASE("add_", IN(leaf({3})), (x[0] * 1).add_(2))
  CASE("mul_", IN(leaf({3}), leaf({3}, -1, 1, 2)), (x[0] * 1).mul_(x[1]))
  CASE("sub_.alpha", IN(leaf({3}), leaf({3}, -1, 1, 2)), (x[0] * 1).sub_(x[1], 3))
  CASE("div_", IN(leaf({3}), leaf({3}, 1, 2, 2)), (x[0] * 1).div_(x[1]))
  CASE("sigmoid_", IN(leaf({3})), (x[0] * 1).sigmoid_())
  CASE("relu_", IN(leaf({3})), (x[0] * 1).relu_())
  CASE("zero_", IN(leaf({3})), (x[0] * 1).zero_())
  CASE("fill_", IN(leaf({3})), (x[0] * 1).fill_(4))
  CASE("copy_", IN(leaf({2, 3}), leaf({3}, -1, 1, 2)), (x[0] * 1).copy_(x[1]))
  CASE("clamp_", IN(leaf({5})), (x[0] * 1).clamp_(-1, 1))
  CASE("leaf.add_", IN(leaf({3})), x[0].add_(2))
  CASE("add_.grow", IN(leaf({3}), leaf({2, 3})), (x[0] * 1).add_(x[1]))
  CASE("int.add_.float", IN(numbers({3}, 0, 9, torch::kInt)), x[0].add_(1.5))
  CASE("view.mul_", IN(leaf({4})), ([](Tensor y) {
         y.view({2, 2})[1].mul_(10);
         return y;
       })(x[0] * 1))
  CASE("view.copy_", IN(leaf({4}), leaf({2}, -1, 1, 2)), ([&](Tensor y) {
         y.slice(0, 1, 3).copy_(x[1]);
         return y;
       })(x[0] * 1))
  CASE("index_put_", IN(leaf({3, 3}), leaf({2}, -1, 1, 2)),
       (x[0] * 1).index_put_({torch::tensor({0, 2}), torch::tensor({1, 1})}, x[1]))
  CASE("index_put_.mask", IN(leaf({3, 3})), (x[0] * 1).index_put_({x[0] > 0}, 7))
  CASE("saved.changed", IN(leaf({3})), ([&](Tensor y) {
         y.add_(1);
         return y;
       })(x[0].sigmoid()))

  CASE("detach", IN(leaf({3})), x[0] * x[0].detach())
  CASE("second", IN(leaf({3})),
       torch::autograd::grad({(x[0] * x[0] * x[0]).sum()}, {x[0]}, {}, true, true)[0])
  CASE("second.sigmoid", IN(leaf({3})),
       torch::autograd::grad({x[0].sigmoid().sum()}, {x[0]}, {}, true, true)[0])
  CASE("second.softmax", IN(leaf({3})),
       torch::autograd::grad({(x[0].softmax(0) * x[0]).sum()}, {x[0]}, {}, true, true)[0])
  CASE("second.mm", IN(leaf({2, 3}), leaf({3, 2}, -1, 1, 2)),
       torch::autograd::grad({x[0].mm(x[1]).tanh().sum()}, {x[0]}, {}, true, true)[0])
  CASE("grad.unused", IN(leaf({3}), leaf({3})), torch::autograd::grad({x[0].sum()}, {x[1]})[0])
  CASE("backward.vector", IN(leaf({3})), ([&] {
         (x[0] * 2).backward();
         return x[0];
       })())
  CASE("backward.twice", IN(leaf({3})), ([&] {
         Tensor y = (x[0] * x[0]).sum();
         y.backward();
         y.backward();
         return y;
       })())
  CASE("item.refused", IN(leaf({3})), torch::tensor(x[0].item<double>()))

  CASE("tensor.int", {}, torch::tensor({{1, 2}, {3, 4}}))
  CASE("tensor.float", {}, torch::tensor({1.5, 2.5}))
  CASE("arange", {}, torch::arange(5))
  CASE("arange.step", {}, torch::arange(1, 2, 0.25))
  CASE("arange.down", {}, torch::arange(3, 0, -1))
  CASE("arange.refused", {}, torch::arange(3, 0, 1))
  CASE("linspace", {}, torch::linspace(-1, 1, 5))
  CASE("eye", {}, torch::eye(2, 3))
  CASE("full", {}, torch::full({2}, 3))
  CASE("full.float", {}, torch::full({2}, 3.5))
  CASE("zeros.int", {}, torch::zeros({2}, torch::kInt))
  CASE("ones_like", IN(numbers({2}, 0, 1, torch::kDouble)), torch::ones_like(x[0]))
  CASE("empty_like.sizes", IN(numbers({2, 3})), torch::empty_like(x[0]).zero_())
  CASE("requires_grad.int", {}, torch::zeros({2}, torch::kInt).requires_grad_())
  return 0;
}
