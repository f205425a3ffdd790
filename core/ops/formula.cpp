#include <nnrun/sdk/formula.hpp>

#include <memory>
#include <mutex>

#include "core/ops/rules.h"

namespace nnrun {
namespace {

using sdk::arity;
using sdk::Fn;
using sdk::Formula;
using sdk::FormulaBuilder;
using sdk::FormulaNode;

/// Runs f; an error in the formula becomes one of the model, with its column.
template <class F> auto explained(const std::string& text, F&& f) {
  try {
    return f();
  } catch (const sdk::FormulaError& e) {
    op_error("formula", std::string(e.what()) + ", at column " + std::to_string(e.begin + 1) +
                            " of \"" + text.substr(0, 200) + "\"");
  }
}

/// The formula of a text, kept for the next time. From any thread.
std::shared_ptr<const Formula> parsed(const std::string& text, int n_x, int n_a) {
  static std::mutex mutex;
  static std::map<std::tuple<std::string, int, int>, std::shared_ptr<const Formula>> known;
  const auto key = std::make_tuple(text, n_x, n_a);
  {
    const std::lock_guard lock(mutex);
    if (auto it = known.find(key); it != known.end()) return it->second;
  }
  // A derivative may be larger than what a user may write.
  sdk::FormulaLimits limits;
  limits.nodes = FormulaBuilder::kMaxNodes;
  auto f = explained(text, [&] {
    return std::make_shared<const Formula>(sdk::parse_formula(text, {n_x, n_a}, limits));
  });
  const std::lock_guard lock(mutex);
  if (known.size() >= 1024) known.clear();
  return known.emplace(key, std::move(f)).first->second;
}

std::shared_ptr<const Formula> formula_of(const Attrs& a, size_t operands) {
  return parsed(a.text("expr"), int(operands), int(a.numbers("a").size()));
}

const char* op_of(Fn f) {
  switch (f) {
    case Fn::neg: return "neg";
    case Fn::logical_not: return "logical_not";
    case Fn::add: return "add";
    case Fn::sub: return "sub";
    case Fn::mul: return "mul";
    case Fn::div: return "div";
    case Fn::max: return "maximum";
    case Fn::min: return "minimum";
    case Fn::lt: return "lt";
    case Fn::le: return "le";
    case Fn::gt: return "gt";
    case Fn::ge: return "ge";
    case Fn::eq: return "eq";
    case Fn::ne: return "ne";
    case Fn::logical_and: return "logical_and";
    case Fn::logical_or: return "logical_or";
    case Fn::select: return "where";
    default: return sdk::spelling(f);
  }
}

/// Which arguments of f are truths rather than numbers.
bool wants_truth(Fn f, int argument) {
  return f == Fn::logical_not || f == Fn::logical_and || f == Fn::logical_or ||
         (f == Fn::select && argument == 0);
}

std::vector<Var> compose_formula(Builder& b, const Attrs& attrs, std::span<const Var> in) {
  const auto given = formula_of(attrs, in.size());
  // Attributes become numbers, which may simplify it.
  FormulaBuilder bound(given->n_x, given->n_a);
  std::vector<int> x, a;
  for (int i = 0; i < given->n_x; ++i) x.push_back(bound.x(i));
  for (double v : attrs.numbers("a")) a.push_back(bound.number(v));
  const Formula f = bound.finish(bound.put(*given, x, a));

  Shape shape = in[0].shape();
  for (const Var& v : in) broadcast(shape, v.shape(), &shape);
  // 16-bit floats compute in float32 and round once, as in a kernel.
  const DType dtype = in[0].dtype();
  const DType wide = dtype == DType::float64 ? DType::float64 : DType::float32;
  std::vector<Var> value;  // of each node: a number or a bool
  for (const FormulaNode& n : f.nodes) {
    if (n.fn == Fn::number) {
      value.push_back(scalar(b, wide, n.value));
    } else if (n.fn == Fn::x) {
      value.push_back(cast(in[size_t(n.index)], wide));
    } else {
      std::vector<Var> args;
      for (int k = 0; k < arity(n.fn); ++k) {
        Var v = value[size_t(n.in[k])];
        const bool truth = v.dtype() == DType::boolean;
        if (wants_truth(n.fn, k) && !truth) v = ne(v, 0.0);
        if (!wants_truth(n.fn, k) && truth) v = cast(v, wide);
        args.push_back(v);
      }
      value.push_back(b.call(op_of(n.fn), args)[0]);
    }
  }
  return {expand(cast(value.back(), dtype), shape)};
}

/// d f / d x_i times the gradient of the result, as one formula over what it uses of both.
Var gradient_of(Builder& b, const GradCall& c, const Formula& f, int i) {
  std::vector<Var> operands(c.in.begin(), c.in.end());
  operands.push_back(c.gout[0]);
  const Formula d = explained(c.attrs.text("expr"), [&] {
    FormulaBuilder with_gradient(f, 1);
    const int slope = with_gradient.derivative(with_gradient.result(), i);
    return with_gradient.finish(with_gradient.make(Fn::mul, slope, with_gradient.x(f.n_x)));
  });
  if (d.nodes.size() == 1) return d.nodes[0].fn == Fn::x ? c.gout[0] : Var{};  // slope 1 or 0
  std::vector<Var> used;
  std::vector<int> place(operands.size(), -1), a;
  for (size_t k = 0; k < operands.size(); ++k) {
    if (!d.uses_x(int(k))) continue;
    place[k] = int(used.size());
    used.push_back(operands[k]);
  }
  FormulaBuilder renumbered(int(used.size()), d.n_a);
  for (int& p : place) p = p < 0 ? p : renumbered.x(p);
  for (int k = 0; k < d.n_a; ++k) a.push_back(renumbered.a(k));
  const Formula r = renumbered.finish(renumbered.put(d, place, a));
  return b.call("formula", used, {{"expr", sdk::to_text(r)}, {"a", c.attrs.numbers("a")}})[0];
}

}  // namespace

OpDef op_formula() {
  OpDef d;
  d.name = "formula";
  d.doc = "an elementwise function of the operands x0, x1, .. and the numbers a0, a1, .., as text";
  d.max_in = -1;
  d.flags = kElementwise;
  d.attrs = {required_attr("expr", AttrKind::text, "the formula: <nnrun/sdk/formula.hpp>"),
             attr("a", AttrValue::Numbers{}, "the values of a0, a1, ..").count(0, 64)};
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    takes("formula", c, 0, sdk::kFloats);
    same_dtype("formula", c, 0, c.in.size() - 1);
    formula_of(c.attrs, c.in.size());
    return {{c.dtype(0), broadcast_all("formula", c)}};
  };
  d.compose = compose_formula;
  d.gradient = [](Builder& b, const GradCall& c) {
    const auto f = formula_of(c.attrs, c.in.size());
    std::vector<Var> g(c.in.size());
    for (size_t i = 0; i < g.size(); ++i) {
      if (!c.want[i]) continue;
      g[i] = gradient_of(b, c, *f, int(i));
      if (g[i]) g[i] = sum_to(g[i], c.in[i].shape());
    }
    return g;
  };
  const auto sample = [](std::vector<Shape> shapes, const char* expr, AttrValue::Numbers a) {
    Sample s;
    for (const Shape& shape : shapes) s.in.push_back({shape});
    s.attrs = {{"expr", expr}, {"a", std::move(a)}};
    return s;
  };
  d.samples = {
      sample({{2, 3}}, "x0 * sigmoid(a0 * x0)", {1.5}),
      sample({{2, 1, 5}, {3, 1}}, "t = tanh(x0 - x1); x0 > x1 ? t * t : a0 * t", {0.5}),
      sample({{}, {37}, {}}, "exp(-x0 * x0) * cos(x1) + x2 / (1 + x1 * x1)", {}),
      sample({{0, 4}}, "erf(x0) + (x0 > 0 || x0 < -1)", {}),
      sample({{3, 4}}, "sqrt(1 + x0 * x0) - log1p(exp(x0)) + pow(2 + abs(x0), a0)", {1.3})};
  for (Sample& s : d.samples) s.kinks = {-1, 0};
  return d;
}

}  // namespace nnrun
