// Making formulas: nodes are simplified and shared as they are made, formulas put into each other
// and differentiated.
#pragma once

#include <cstring>
#include <map>
#include <tuple>
#include <utility>

#include "ast.hpp"

namespace nnrun::sdk {

/// A growing list of nodes. Handles are places in it. No function here recurses over a formula, so
/// deep ones cost no stack. More than kMaxNodes nodes throw FormulaError.
class FormulaBuilder {
 public:
  static constexpr int kMaxNodes = 1 << 16;

  FormulaBuilder(int n_x, int n_a) : n_x_(n_x), n_a_(n_a) {}
  /// Starts from a formula, whose value is result(); further operands may be added to its own.
  explicit FormulaBuilder(const Formula& f, int more_x = 0)
      : FormulaBuilder(f.n_x + more_x, f.n_a) {
    std::vector<int> x, a;
    for (int i = 0; i < f.n_x; ++i) x.push_back(this->x(i));
    for (int i = 0; i < f.n_a; ++i) a.push_back(this->a(i));
    result_ = put(f, x, a);
  }

  int result() const { return result_; }
  int size() const { return static_cast<int>(nodes_.size()); }
  const FormulaNode& node(int i) const { return nodes_[static_cast<size_t>(i)]; }

  int number(double v) {
    FormulaNode n;
    n.value = v + 0.0;  // one zero
    return intern(n);
  }
  int x(int i) { return leaf(Fn::x, i); }
  int a(int i) { return leaf(Fn::a, i); }
  int make(Fn f, int p, int q = -1, int r = -1);
  /// The nodes of another formula, over these operands and attributes.
  int put(const Formula& f, const std::vector<int>& x, const std::vector<int>& a);

  /// d root / d x_i. abs'(0) = 0 and sign' = floor' = 0; at a tie max and min take their first
  /// argument's; ?: that of the branch taken. Finite at any point where the value is finite and
  /// differentiable: where exp, tanh, sigmoid, erf or a quotient is flat for good, their inner
  /// derivative is not asked for, so that no 0 meets an infinity.
  int derivative(int root, int i);

  /// The formula of that node, without what it does not use.
  Formula finish(int root) const;

 private:
  static size_t at(int i) { return static_cast<size_t>(i); }
  bool is_number(int i, double v) const { return node(i).fn == Fn::number && node(i).value == v; }
  bool is(int i, Fn f) const { return node(i).fn == f; }

  int leaf(Fn f, int i) {
    FormulaNode n;
    n.fn = f;
    n.index = i;
    return intern(n);
  }
  int intern(const FormulaNode& n);
  bool stays_finite(const FormulaNode& n) const;
  int simplified(Fn f, int p, int q, int r);
  std::vector<char> reached(int root) const;

  int node_derivative(int i, const int* d);
  int add(int p, int q) { return make(Fn::add, p, q); }
  int sub(int p, int q) { return make(Fn::sub, p, q); }
  int mul(int p, int q) { return make(Fn::mul, p, q); }
  int div(int p, int q) { return make(Fn::div, p, q); }
  /// slope * inner, and 0 where the slope is 0 and inner might be infinite.
  int chain(int slope, int inner) {
    const int product = mul(slope, inner);
    if (finite_[at(inner)]) return product;
    return make(Fn::select, make(Fn::eq, slope, number(0)), number(0), product);
  }

  using Key = std::tuple<Fn, int, uint64_t, int, int, int>;
  int n_x_, n_a_, result_ = -1;
  std::vector<FormulaNode> nodes_;
  std::vector<char> finite_;  // by node: finite wherever the operands are
  std::map<Key, int> known_;
};

inline int FormulaBuilder::intern(const FormulaNode& n) {
  uint64_t bits;
  std::memcpy(&bits, &n.value, sizeof bits);
  const auto [it, fresh] =
      known_.try_emplace(Key{n.fn, n.index, bits, n.in[0], n.in[1], n.in[2]}, size());
  if (fresh) {
    if (size() == kMaxNodes) {
      throw FormulaError("the formula or a derivative of it has more than " +
                             std::to_string(kMaxNodes) + " operations",
                         0, 0);
    }
    finite_.push_back(stays_finite(n));
    nodes_.push_back(n);
  }
  return it->second;
}

inline bool FormulaBuilder::stays_finite(const FormulaNode& n) const {
  switch (n.fn) {
    case Fn::exp:
    case Fn::expm1:
    case Fn::log:
    case Fn::log1p:
    case Fn::pow: return false;
    case Fn::div: return finite_[at(n.in[0])] && (is(n.in[1], Fn::number) || is(n.in[1], Fn::a));
    case Fn::tanh:
    case Fn::sigmoid:
    case Fn::erf:
    case Fn::sign: return true;
    default: break;
  }
  bool all = true;
  for (int k = 0; k < arity(n.fn); ++k) all = all && finite_[at(n.in[k])];
  return all || is_truth(n.fn);
}

inline int FormulaBuilder::make(Fn f, int p, int q, int r) {
  const int in[3] = {p, q, r};
  double v[3] = {0, 0, 0};
  bool constant = true;
  for (int k = 0; k < arity(f); ++k) {
    constant = constant && is(in[k], Fn::number);
    v[k] = node(in[k]).value;
  }
  if (constant) {
    const double value = apply(f, v[0], v[1], v[2]);
    if (std::isfinite(value))
      return number(value);  // infinities have no text: they stay as written
  }
  if (const int s = simplified(f, p, q, r); s >= 0) return s;
  FormulaNode n;
  n.fn = f;
  for (int k = 0; k < arity(f); ++k) n.in[k] = in[k];
  if ((f == Fn::add || f == Fn::mul || f == Fn::eq || f == Fn::ne) && n.in[0] > n.in[1]) {
    std::swap(n.in[0], n.in[1]);  // x + y and y + x are one node
  }
  return intern(n);
}

/// A cheaper node of the same value, or -1. 0 * p counts as 0 whatever p is.
inline int FormulaBuilder::simplified(Fn f, int p, int q, int r) {
  const auto zero_branch = [&](int s, int branch) {
    return is(s, Fn::select) && is_number(node(s).in[branch], 0);
  };
  switch (f) {
    case Fn::neg: return is(p, Fn::neg) ? node(p).in[0] : -1;
    case Fn::add:
      if (is_number(p, 0)) return q;
      if (is_number(q, 0)) return p;
      if (is(q, Fn::neg)) return sub(p, node(q).in[0]);
      if (is(p, Fn::neg)) return sub(q, node(p).in[0]);
      return -1;
    case Fn::sub:
      if (is_number(q, 0)) return p;
      if (is_number(p, 0)) return make(Fn::neg, q);
      return is(q, Fn::neg) ? add(p, node(q).in[0]) : -1;
    case Fn::mul:
      for (int k = 0; k < 2; ++k, std::swap(p, q)) {
        if (is_number(p, 0)) return p;
        if (is_number(p, 1)) return q;
        if (is_number(p, -1)) return make(Fn::neg, q);
        if (is(p, Fn::neg)) return make(Fn::neg, mul(node(p).in[0], q));
        // Choose what to multiply instead of multiplying by 0: q may be infinite there.
        for (int branch = 1; branch <= 2; ++branch) {
          if (zero_branch(p, branch) && !is(node(p).in[3 - branch], Fn::select)) {
            const int condition = node(p).in[0], value = mul(node(p).in[3 - branch], q);
            return branch == 1 ? make(Fn::select, condition, number(0), value)
                               : make(Fn::select, condition, value, number(0));
          }
        }
      }
      return -1;
    case Fn::div:
      if (is_number(p, 0)) return p;
      if (is_number(q, 1)) return p;
      return is(p, Fn::neg) ? make(Fn::neg, div(node(p).in[0], q)) : -1;
    case Fn::pow:
      if (is_number(q, 0)) return number(1);
      if (is_number(q, 1)) return p;
      if (is_number(q, 2)) return mul(p, p);
      if (is_number(q, 3)) return mul(mul(p, p), p);
      return is_number(q, -1) ? div(number(1), p) : -1;
    case Fn::max:
    case Fn::min: return p == q ? p : -1;
    case Fn::select:
      if (is(p, Fn::number)) return node(p).value != 0 ? q : r;
      if (q == r) return q;
      if (is(p, Fn::logical_not)) return make(Fn::select, node(p).in[0], r, q);
      if (is_number(q, 0) && zero_branch(r, 1)) {
        return make(Fn::select, make(Fn::logical_or, p, node(r).in[0]), q, node(r).in[2]);
      }
      if (is_number(r, 0) && zero_branch(q, 2)) {
        return make(Fn::select, make(Fn::logical_and, p, node(q).in[0]), node(q).in[1], r);
      }
      return -1;
    default: return -1;
  }
}

inline int FormulaBuilder::put(const Formula& f, const std::vector<int>& x,
                               const std::vector<int>& a) {
  std::vector<int> here;
  here.reserve(f.nodes.size());
  for (const FormulaNode& n : f.nodes) {
    const auto arg = [&](int k) { return n.in[k] < 0 ? -1 : here[at(n.in[k])]; };
    here.push_back(n.fn == Fn::number ? number(n.value)
                   : n.fn == Fn::x    ? x.at(at(n.index))
                   : n.fn == Fn::a    ? a.at(at(n.index))
                                      : make(n.fn, arg(0), arg(1), arg(2)));
  }
  return here.back();
}

inline std::vector<char> FormulaBuilder::reached(int root) const {
  std::vector<char> r(at(root + 1), 0);
  r[at(root)] = 1;
  for (int i = root; i >= 0; --i) {
    for (int k = 0; r[at(i)] && k < arity(node(i).fn); ++k) r[at(node(i).in[k])] = 1;
  }
  return r;
}

inline Formula FormulaBuilder::finish(int root) const {
  const std::vector<char> used = reached(root);
  std::vector<int> place(at(root + 1), -1);
  Formula f;
  f.n_x = n_x_;
  f.n_a = n_a_;
  for (int i = 0; i <= root; ++i) {
    if (!used[at(i)]) continue;
    FormulaNode n = node(i);
    for (int k = 0; k < arity(n.fn); ++k) n.in[k] = place[at(n.in[k])];
    place[at(i)] = static_cast<int>(f.nodes.size());
    f.nodes.push_back(n);
  }
  return f;
}

inline int FormulaBuilder::derivative(int root, int i) {
  const std::vector<char> used = reached(root);
  const int zero = number(0), one = number(1);
  std::vector<int> d(at(root + 1), zero);
  for (int k = 0; k <= root; ++k) {
    if (!used[at(k)]) continue;
    if (is(k, Fn::x)) {
      d[at(k)] = node(k).index == i ? one : zero;
      continue;
    }
    int inner[3] = {zero, zero, zero};
    bool moves = false;
    for (int j = 0; j < arity(node(k).fn); ++j) {
      inner[j] = d[at(node(k).in[j])];
      moves = moves || inner[j] != zero;
    }
    if (moves) d[at(k)] = node_derivative(k, inner);
  }
  return d[at(root)];
}

/// The derivative of node y = f(u, v, w), given those of its arguments, not all of them 0.
inline int FormulaBuilder::node_derivative(int y, const int* d) {
  const int u = node(y).in[0], v = node(y).in[1];
  const int zero = number(0), one = number(1);
  switch (node(y).fn) {
    case Fn::neg: return make(Fn::neg, d[0]);
    case Fn::exp: return chain(y, d[0]);
    case Fn::expm1: return chain(add(y, one), d[0]);
    case Fn::log: return div(d[0], u);
    case Fn::log1p: return div(d[0], add(u, one));
    case Fn::tanh: return chain(sub(one, mul(y, y)), d[0]);
    case Fn::sqrt: return mul(div(number(0.5), y), d[0]);
    case Fn::abs: return mul(make(Fn::sign, u), d[0]);
    case Fn::sin: return mul(make(Fn::cos, u), d[0]);
    case Fn::cos: return make(Fn::neg, mul(make(Fn::sin, u), d[0]));
    case Fn::erf: {
      const double two_over_sqrt_pi = 1.1283791670955126;
      return chain(mul(number(two_over_sqrt_pi), make(Fn::exp, make(Fn::neg, mul(u, u)))), d[0]);
    }
    case Fn::sigmoid: return chain(mul(y, sub(one, y)), d[0]);
    case Fn::add: return add(d[0], d[1]);
    case Fn::sub: return sub(d[0], d[1]);
    case Fn::mul: return add(mul(d[0], v), mul(u, d[1]));
    case Fn::div: {
      if (d[1] == zero) return div(d[0], v);
      const int change = sub(d[0], mul(y, d[1]));
      if (finite_[at(d[1])]) return div(change, v);
      return chain(div(one, v), change);  // 0 where v is infinite: the quotient is flat there
    }
    case Fn::pow: {
      int r = zero;
      if (d[0] != zero) {
        const int slope = make(Fn::pow, u, sub(v, one));
        const bool falls = is(v, Fn::number) && node(v).value < 0;
        r = falls ? mul(v, chain(slope, d[0])) : mul(v, mul(slope, d[0]));
        if (!is(v, Fn::number)) {  // v * pow(0, -1) at v = 0
          r = make(Fn::select, make(Fn::eq, v, zero), zero, r);
        }
      }
      if (d[1] != zero) {
        const int flat = make(Fn::logical_or, make(Fn::eq, y, zero), make(Fn::eq, u, zero));
        r = add(r, make(Fn::select, flat, zero, mul(mul(y, make(Fn::log, u)), d[1])));
      }
      return r;
    }
    case Fn::max: return make(Fn::select, make(Fn::ge, u, v), d[0], d[1]);
    case Fn::min: return make(Fn::select, make(Fn::le, u, v), d[0], d[1]);
    case Fn::select: return make(Fn::select, u, d[1], d[2]);
    default: return zero;
  }
}

}  // namespace nnrun::sdk
