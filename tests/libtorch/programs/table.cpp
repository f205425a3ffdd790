// Every function on several shapes (without elements, without dimensions, transposed, expanded,
// broadcast) and every dtype: a line for each function and dtype. A case is the sizes, the sum of
// the elements and of their absolute values, each weighted by its place, and the same of the
// gradients; or that it is an error.
#include <cmath>
#include <functional>
#include <sstream>

#include "tests/libtorch/torch.h"

using torch::Tensor;
using Tensors = std::vector<Tensor>;
using Function = std::function<Tensor(const Tensors&)>;

enum class Form { plain, transposed, expanded };
struct Input {
  std::vector<int64_t> sizes;  // of the leaf
  Form form = Form::plain;
};
using Inputs = std::vector<Input>;

static const std::vector<Inputs> kOne = {
    {{{3, 4}}}, {{{}}}, {{{0, 3}}}, {{{3, 2}, Form::transposed}}, {{{1, 3}, Form::expanded}}};
static const std::vector<Inputs> kTwo = {{{{3, 4}}, {{3, 4}}},
                                         {{{3, 1}}, {{4}}},
                                         {{{}}, {{2, 3}}},
                                         {{{0, 3}}, {{3}}},
                                         {{{3, 2}, Form::transposed}, {{2, 3}}},
                                         {{{2, 3}}, {{1, 3}, Form::expanded}},
                                         {{{3}}, {{4}}}};
static const std::vector<Inputs> kThree = {{{{3, 4}}}, {{{2, 2, 3}}}, {{{2, 0}}}, {{{5}}}};

/// Numbers without pattern between lo and hi; whole numbers three times as far apart.
static Tensor numbers(const std::vector<int64_t>& sizes, double lo, double hi, torch::Dtype t,
                      uint32_t seed) {
  int64_t n = 1;
  for (int64_t s : sizes) n *= s;
  std::vector<double> v;
  uint32_t state = seed * 2654435761u + 12345u;
  for (int64_t i = 0; i < n; ++i) {
    state = state * 1664525u + 1013904223u;
    v.push_back(lo + (hi - lo) * double(state >> 8) / 16777216.0);
  }
  Tensor x = torch::tensor(v, torch::kDouble).view(sizes);
  if (t == torch::kBool) return x > (lo + hi) / 2;
  if (t == torch::kByte) return (x.abs() * 3).to(t);
  return torch::isIntegralType(t, false) ? (x * 3).to(t) : x.to(t);
}

static void digest(std::ostream& out, const Tensor& t, bool coarse) {
  Tensor x = t.detach().to(torch::kDouble).contiguous();
  double sum = 0, size = 0;
  for (int64_t i = 0; i < x.numel(); ++i) {
    double v = x.data_ptr<double>()[i];
    sum += v * double(i % 5 + 1);
    size += std::fabs(v) * double(i % 5 + 1);
  }
  out << " " << size;
  if (!coarse) out << " " << (std::fabs(sum) < 1e-5 * size ? 0.0 : sum);
}

static std::vector<torch::Dtype> types = {torch::kFloat, torch::kDouble, torch::kBFloat16,
                                          torch::kInt,   torch::kLong,   torch::kByte,
                                          torch::kBool};

static void row(const char* name, const std::vector<Inputs>& cases, double lo, double hi,
                const Function& f) {
  for (auto t : types) {
    const bool floats = torch::isFloatingType(t), coarse = t == torch::kBFloat16;
    std::ostringstream line;
    line.precision(coarse ? 4 : t == torch::kFloat ? 6 : 10);
    for (const Inputs& c : cases) {
      line << " |";
      try {
        Tensors leaves, in;
        for (const Input& i : c) {
          leaves.push_back(numbers(i.sizes, lo, hi, t, uint32_t(leaves.size()) + 1));
          if (floats) leaves.back().requires_grad_();
          const Tensor& x = leaves.back();
          in.push_back(i.form == Form::transposed ? x.t()
                       : i.form == Form::expanded ? x.expand({2, x.size(1)})
                                                  : x);
        }
        Tensor y = f(in);
        line << " " << y.scalar_type() << y.sizes();
        digest(line, y, coarse);
        if (!y.requires_grad()) continue;
        Tensor weights = torch::arange(y.numel(), torch::kLong).to(y.scalar_type()) / 4 + 0.5;
        (y * weights.view(y.sizes())).sum().backward();
        for (const Tensor& x : leaves) {
          if (x.grad().defined()) digest(line, x.grad(), coarse);
        }
      } catch (const std::exception&) {
        line << " error";
      }
    }
    std::string text = line.str();
    for (size_t at; (at = text.find(", ")) != std::string::npos;) text.erase(at + 1, 1);
    std::cout << name << " " << t << text << "\n";
  }
}

#define ROW(cases, name, lo, hi, ...)                        \
  row(name, cases, lo, hi, [](const Tensors& in) -> Tensor { \
    const Tensor& x = in[0];                                 \
    const Tensor& y = in.back();                             \
    (void)x, (void)y;                                        \
    return __VA_ARGS__;                                      \
  });
#define ONE(name, lo, hi, ...) ROW(kOne, name, lo, hi, __VA_ARGS__)
#define TWO(name, lo, hi, ...) ROW(kTwo, name, lo, hi, __VA_ARGS__)
#define SHAPE(name, ...) ROW(kThree, name, -2, 2, __VA_ARGS__)

int main() {
  using namespace torch::indexing;
  ONE("abs", -2, 2, x.abs())
  ONE("neg", -2, 2, -x)
  ONE("sign", -2, 2, x.sign())
  ONE("exp", -2, 2, x.exp())
  ONE("expm1", -2, 2, x.expm1())
  ONE("log", 0.5, 3, x.log())
  ONE("log1p", 0.5, 3, x.log1p())
  ONE("sqrt", 0.5, 3, x.sqrt())
  ONE("rsqrt", 0.5, 3, x.rsqrt())
  ONE("square", -2, 2, x.square())
  ONE("reciprocal", 0.5, 3, x.reciprocal())
  ONE("sin", -2, 2, x.sin())
  ONE("cos", -2, 2, x.cos())
  ONE("tanh", -2, 2, x.tanh())
  ONE("sigmoid", -2, 2, x.sigmoid())
  ONE("relu", -2, 2, x.relu())
  ONE("erf", -2, 2, x.erf())
  ONE("floor", -2, 2, x.floor())
  ONE("ceil", -2, 2, x.ceil())
  ONE("round", -2, 2, x.round())
  ONE("logical_not", -2, 2, x.logical_not())
  ONE("isfinite", -2, 2, torch::isfinite(x))
  ONE("isnan", -2, 2, torch::isnan(x))
  ONE("isinf", -2, 2, torch::isinf(x))
  ONE("clamp", -2, 2, x.clamp(-1, 1))
  ONE("clamp.min", -2, 2, torch::clamp(x, 0.5))
  ONE("add.number", -2, 2, x + 2)
  ONE("sub.number", -2, 2, x.sub(2, 3))
  ONE("rsub", -2, 2, 1.5 - x)
  ONE("mul.number", -2, 2, x * 2.5)
  ONE("div.number", -2, 2, x / 2)
  ONE("pow.2", -2, 2, x.pow(2))
  ONE("pow.3", -2, 2, x.pow(3))
  ONE("pow.half", 0.5, 2, x.pow(0.5))
  ONE("eq.number", -2, 2, x == 1)
  ONE("gt.number", -2, 2, x > 0.5)

  TWO("add", -2, 2, torch::add(x, y))
  TWO("add.alpha", -2, 2, torch::add(x, y, 2))
  TWO("sub", -2, 2, x - y)
  TWO("mul", -2, 2, x * y)
  TWO("div", 0.5, 3, x / y)
  TWO("pow", 0.5, 2, x.pow(y))
  TWO("maximum", -2, 2, torch::maximum(x, y))
  TWO("minimum", -2, 2, torch::minimum(x, y))
  TWO("eq", -1, 1, x == y)
  TWO("ne", -1, 1, x != y)
  TWO("lt", -1, 1, x < y)
  TWO("le", -1, 1, x <= y)
  TWO("gt", -1, 1, x > y)
  TWO("ge", -1, 1, x >= y)
  TWO("logical_and", -1, 1, torch::logical_and(x, y))
  TWO("logical_or", -1, 1, torch::logical_or(x, y))
  TWO("where", -2, 2, torch::where(x > 0, x, y))
  TWO("masked_fill", -2, 2, x.masked_fill(y > 0, 1))
  TWO("add_", -2, 2, x.clone().add_(y))
  TWO("sub_", -2, 2, x.clone().sub_(y, 2))
  TWO("mul_", -2, 2, x.clone().mul_(y))
  TWO("div_", 0.5, 3, x.clone().div_(y))
  TWO("copy_", -2, 2, x.clone().copy_(y))

  ONE("sum", -2, 2, x.sum())
  ONE("sum.0", -2, 2, x.sum(0))
  ONE("sum.-1", -2, 2, x.sum(-1, true))
  ONE("sum.list", -2, 2, x.sum({-1, 0}))
  ONE("sum.dtype", -2, 2, x.sum(torch::kDouble))
  ONE("mean", -2, 2, x.mean())
  ONE("mean.0", -2, 2, x.mean(0))
  ONE("prod", 0.5, 1.5, x.prod())
  ONE("prod.0", 0.5, 1.5, x.prod(0, true))
  ONE("var", -2, 2, x.var())
  ONE("var.0", -2, 2, x.var({0}, false, true))
  ONE("std", -2, 2, x.std())
  ONE("norm", -2, 2, x.norm())
  ONE("norm.1", -2, 2, x.norm(1))
  ONE("norm.0", -2, 2, x.norm(2, {0}))
  ONE("all", -2, 2, x.all())
  ONE("any", -2, 2, x.any())
  ONE("max", -2, 2, x.max())
  ONE("min", -2, 2, x.min())
  ONE("max.0", -2, 2, std::get<0>(x.max(0)))
  ONE("min.-1", -2, 2, std::get<0>(x.min(-1, true)))
  ONE("amax", -2, 2, x.amax({0}))
  ONE("amin", -2, 2, x.amin({-1}, true))
  ONE("argmax", -2, 2, x.argmax())
  ONE("argmin.0", -2, 2, x.argmin(0))
  ONE("topk", -2, 2, std::get<0>(x.topk(1)))
  ONE("sort", -2, 2, std::get<0>(x.sort(0)))
  ONE("sort.down", -2, 2, std::get<0>(x.sort(-1, true)))
  ONE("cumsum", -2, 2, x.cumsum(0))
  TWO("equal", -2, 2, torch::tensor(torch::equal(x, y)))
  TWO("allclose", -2, 2, torch::tensor(torch::allclose(x, x + y * 0)))

  const std::vector<Inputs> mm = {{{{2, 3}}, {{3, 4}}},
                                  {{{3, 2}, Form::transposed}, {{3, 1}}},
                                  {{{0, 3}}, {{3, 2}}},
                                  {{{2, 0}}, {{0, 3}}},
                                  {{{2, 3}}, {{2, 3}}}};
  const std::vector<Inputs> matmul = {{{{3}}, {{3}}},
                                      {{{3}}, {{3, 2}}},
                                      {{{2, 3}}, {{3}}},
                                      {{{2, 2, 3}}, {{3, 2}}},
                                      {{{2, 1, 2, 3}}, {{2, 3, 2}}},
                                      {{{0, 2, 3}}, {{3, 2}}},
                                      {{{}}, {{3}}},
                                      {{{2, 3}}, {{2}}}};
  const std::vector<Inputs> bmm = {{{{2, 2, 3}}, {{2, 3, 4}}},
                                   {{{1, 1, 1}}, {{1, 1, 2}}},
                                   {{{0, 2, 3}}, {{0, 3, 1}}},
                                   {{{2, 2, 3}}, {{1, 3, 2}}}};
  const std::vector<Inputs> mv = {
      {{{2, 3}}, {{3}}}, {{{0, 3}}, {{3}}}, {{{2, 0}}, {{0}}}, {{{2, 3}}, {{2}}}};
  const std::vector<Inputs> dot = {{{{3}}, {{3}}}, {{{0}}, {{0}}}, {{{1}}, {{1}}}, {{{2}}, {{3}}}};
  const std::vector<Inputs> addmm = {{{{2, 4}}, {{2, 3}}, {{3, 4}}},
                                     {{{4}}, {{2, 3}}, {{3, 4}}},
                                     {{{}}, {{1, 2}}, {{2, 1}}},
                                     {{{3}}, {{2, 3}}, {{3, 4}}}};
  SHAPE("view", x.view({-1}))
  SHAPE("reshape", x.transpose(0, -1).reshape({-1, 1}))
  SHAPE("transpose", x.transpose(0, 1))
  SHAPE("permute", x.permute({1, 0}))
  SHAPE("t", x.t())
  SHAPE("squeeze", x.unsqueeze(0).squeeze())
  SHAPE("squeeze.0", x.squeeze(0))
  SHAPE("unsqueeze", x.unsqueeze(1))
  SHAPE("flatten", x.flatten(0, 1))
  SHAPE("expand", x.unsqueeze(0).expand({2, -1, -1}))
  SHAPE("repeat", x.repeat({2, 1, 2}))
  SHAPE("slice", x.slice(0, 1, 10, 2))
  SHAPE("narrow", x.narrow(0, 1, 1))
  SHAPE("select", x.select(-1, 1))
  SHAPE("index.number", x.index({0, Ellipsis, Slice(None, 2)}))
  SHAPE("index.list", x.index({torch::tensor({1, 0, 1})}))
  SHAPE("index.mask", x.index({x > 0}))
  SHAPE("brackets", x[1])
  SHAPE("split", x.split(2, 0)[0])
  SHAPE("chunk", x.chunk(2, -1)[1])
  SHAPE("unbind", x.unbind(0)[1])
  SHAPE("flip", x.flip({0}))
  SHAPE("cat", torch::cat({x, x * x}, -1))
  SHAPE("stack", torch::stack({x, x}, 1))
  SHAPE("gather", x.gather(0, torch::zeros_like(x, torch::kLong)))
  SHAPE("index_select", x.index_select(0, torch::tensor({1, 1, 0})))
  SHAPE("clone", x.clone())
  SHAPE("detach", x.detach() + x)
  SHAPE("contiguous", x.transpose(0, -1).contiguous())
  SHAPE("to.float", x.to(torch::kFloat))
  SHAPE("to.double", x.to(torch::kDouble))
  SHAPE("to.long", x.to(torch::kLong))
  SHAPE("to.byte", x.abs().to(torch::kByte))
  SHAPE("to.bool", x.to(torch::kBool))
  SHAPE("zero_", x.clone().zero_())
  SHAPE("fill_", x.clone().fill_(3))
  SHAPE("index_put_", x.clone().index_put_({0}, 1))
  SHAPE("one_hot", torch::one_hot(x.abs(), 7))
  SHAPE("zeros_like", torch::zeros_like(x))
  SHAPE("ones_like", torch::ones_like(x))
  SHAPE("full_like", torch::full_like(x, 2))
  SHAPE("zeros", torch::zeros(x.sizes(), x.options()))
  SHAPE("ones", torch::ones(x.sizes(), x.options()))
  SHAPE("full", torch::full(x.sizes(), 1, x.options()))
  SHAPE("eye", torch::eye(x.size(0), 3, x.options()))

  types.pop_back();  // of bools there are none, but over no elements
  ROW(mm, "mm", -2, 2, x.mm(y))
  ROW(matmul, "matmul", -2, 2, torch::matmul(x, y))
  ROW(bmm, "bmm", -2, 2, torch::bmm(x, y))
  ROW(mv, "mv", -2, 2, x.mv(y))
  ROW(dot, "dot", -2, 2, x.dot(y))
  ROW(addmm, "addmm", -2, 2, torch::addmm(x, in[1], y))
  ROW(addmm, "addmm.2.3", -2, 2, torch::addmm(x, in[1], y, 2, 3))
  SHAPE("scatter_add", x.scatter_add(0, torch::zeros_like(x, torch::kLong), x))
  SHAPE("arange", torch::arange(x.size(0), x.options()))
  SHAPE("linspace", torch::linspace(0, 9, x.size(0), x.options()))
  types.resize(3);
  ONE("softmax.0", -2, 2, x.softmax(0))
  ONE("softmax.-1", -2, 2, x.softmax(-1))
  ONE("log_softmax", -2, 2, torch::log_softmax(x, 0))
}
