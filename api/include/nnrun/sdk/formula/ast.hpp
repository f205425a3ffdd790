// A formula as plain data: a list of nodes, each after the nodes it uses, equal ones only once. So
// a loop from front to back evaluates it, emits it as ops, compiles it to bytecode or prints it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace nnrun::sdk {

enum class Fn : uint8_t {
  // Leaves: FormulaNode::value; FormulaNode::index of an operand; of an attribute.
  number,
  x,
  a,
  // One argument.
  neg,
  logical_not,
  exp,
  expm1,
  log,
  log1p,
  tanh,
  sqrt,
  abs,
  sin,
  cos,
  erf,
  sigmoid,
  floor,
  sign,
  // Two arguments.
  add,
  sub,
  mul,
  div,
  pow,
  max,
  min,
  lt,
  le,
  gt,
  ge,
  eq,
  ne,
  logical_and,
  logical_or,
  // Three: condition, value if true, value if false.
  select,
};

constexpr int arity(Fn f) { return f < Fn::neg ? 0 : f < Fn::add ? 1 : f < Fn::select ? 2 : 3; }
/// True when the value is 1 or 0, as a comparison's.
constexpr bool is_truth(Fn f) {
  return f == Fn::logical_not || (f >= Fn::lt && f <= Fn::logical_or);
}
/// The name of a function ("exp"), the spelling of an operator ("<="), "" of leaves and select.
constexpr const char* spelling(Fn f) {
  constexpr const char* names[] = {"",    "",        "",      "-",    "!",   "exp", "expm1",
                                   "log", "log1p",   "tanh",  "sqrt", "abs", "sin", "cos",
                                   "erf", "sigmoid", "floor", "sign", "+",   "-",   "*",
                                   "/",   "pow",     "max",   "min",  "<",   "<=",  ">",
                                   ">=",  "==",      "!=",    "&&",   "||",  ""};
  return names[static_cast<int>(f)];
}

struct FormulaNode {
  Fn fn = Fn::number;
  int index = 0;             // of Fn::x and Fn::a
  double value = 0;          // of Fn::number, finite
  int in[3] = {-1, -1, -1};  // the first arity(fn) are set and less than this node's own place
};

struct Formula {
  std::vector<FormulaNode> nodes;  // never empty in a formula made by parse or FormulaBuilder
  int n_x = 1, n_a = 0;            // how many operands and attributes there are, used or not
  int result() const { return static_cast<int>(nodes.size()) - 1; }
  /// Whether the value depends on operand i.
  bool uses_x(int i) const {
    for (const FormulaNode& n : nodes) {
      if (n.fn == Fn::x && n.index == i) return true;
    }
    return false;
  }
};

/// One function applied to numbers: what every backend computes, in its own precision. max and min
/// are NaN when either argument is; sign(NaN) is NaN.
inline double apply(Fn f, double p, double q = 0, double r = 0) {
  switch (f) {
    case Fn::number:
    case Fn::x:
    case Fn::a: break;
    case Fn::neg: return -p;
    case Fn::logical_not: return p == 0;
    case Fn::exp: return std::exp(p);
    case Fn::expm1: return std::expm1(p);
    case Fn::log: return std::log(p);
    case Fn::log1p: return std::log1p(p);
    case Fn::tanh: return std::tanh(p);
    case Fn::sqrt: return std::sqrt(p);
    case Fn::abs: return std::fabs(p);
    case Fn::sin: return std::sin(p);
    case Fn::cos: return std::cos(p);
    case Fn::erf: return std::erf(p);
    case Fn::sigmoid: {
      const double e = std::exp(-std::fabs(p));
      return (p >= 0 ? 1 : e) / (1 + e);
    }
    case Fn::floor: return std::floor(p);
    case Fn::sign: return p > 0 ? 1 : p < 0 ? -1 : p;
    case Fn::add: return p + q;
    case Fn::sub: return p - q;
    case Fn::mul: return p * q;
    case Fn::div: return p / q;
    case Fn::pow: return std::pow(p, q);
    case Fn::max: return p >= q || p != p ? p : q;
    case Fn::min: return p <= q || p != p ? p : q;
    case Fn::lt: return p < q;
    case Fn::le: return p <= q;
    case Fn::gt: return p > q;
    case Fn::ge: return p >= q;
    case Fn::eq: return p == q;
    case Fn::ne: return p != q;
    case Fn::logical_and: return p != 0 && q != 0;
    case Fn::logical_or: return p != 0 || q != 0;
    case Fn::select: return p != 0 ? q : r;
  }
  return 0;
}

/// The value at x[0..n_x) and a[0..n_a), in double.
inline double evaluate(const Formula& f, const double* x, const double* a = nullptr) {
  std::vector<double> v;
  v.reserve(f.nodes.size());
  for (const FormulaNode& n : f.nodes) {
    const auto arg = [&](int i) { return n.in[i] < 0 ? 0 : v[static_cast<size_t>(n.in[i])]; };
    v.push_back(n.fn == Fn::number ? n.value
                : n.fn == Fn::x    ? x[n.index]
                : n.fn == Fn::a    ? a[n.index]
                                   : apply(n.fn, arg(0), arg(1), arg(2)));
  }
  return v.back();
}

/// What is wrong with a formula, and which bytes [begin, end) of its text show it.
struct FormulaError : std::runtime_error {
  size_t begin, end;
  FormulaError(const std::string& message, size_t b, size_t e)
      : std::runtime_error(message), begin(b), end(e) {}
};

}  // namespace nnrun::sdk
