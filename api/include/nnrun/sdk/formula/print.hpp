// Formulas as text again.
#pragma once

#include <charconv>

#include "ast.hpp"

namespace nnrun::sdk {

/// The shortest text that reads back as v, which is finite: "0.1", "1e-05".
inline std::string formula_number(double v) {
  char buffer[32];
  const auto r = std::to_chars(buffer, buffer + sizeof buffer, v);
  return std::string(buffer, r.ptr);
}

/// The formula in its own grammar, over x0.. and a0..; what is used twice or nested deep becomes a
/// definition "t3 = ...;". Parsing it gives the same value for every x and a, bit for bit.
inline std::string to_text(const Formula& f) {
  constexpr int kDeepest = 16;  // nesting without a definition: well below what parsing allows
  struct Part {
    std::string text;
    int binds;  // 1 ?:  2 ||  3 &&  4 == !=  5 < > <= >=  6 + -  7 * /  8 - !  9 the rest
    int depth;
  };
  std::vector<int> uses(f.nodes.size(), 0);
  for (const FormulaNode& n : f.nodes) {
    for (int k = 0; k < arity(n.fn); ++k) ++uses[static_cast<size_t>(n.in[k])];
  }
  std::string definitions;
  int defined = 0;
  std::vector<Part> parts;
  for (size_t i = 0; i < f.nodes.size(); ++i) {
    const FormulaNode& n = f.nodes[i];
    Part p{spelling(n.fn), 9, 0};
    // Argument k, in parentheses when it binds less than `least`.
    const auto arg = [&](int k, int least) {
      const Part& in = parts[static_cast<size_t>(n.in[k])];
      if (in.depth >= p.depth) p.depth = in.depth + 1;
      return in.binds < least ? "(" + in.text + ")" : in.text;
    };
    const auto infix = [&](int binds, int left, int right) {
      p.binds = binds;
      p.text = arg(0, left) + " " + spelling(n.fn) + " " + arg(1, right);
    };
    switch (n.fn) {
      case Fn::number:
        p.text = formula_number(n.value);
        if (n.value < 0) p.binds = 8;
        break;
      case Fn::x: p.text = "x" + std::to_string(n.index); break;
      case Fn::a: p.text = "a" + std::to_string(n.index); break;
      case Fn::neg:
      case Fn::logical_not:
        p.binds = 8;
        p.text += arg(0, 9);
        break;
      case Fn::logical_or: infix(2, 2, 3); break;
      case Fn::logical_and: infix(3, 3, 4); break;
      case Fn::eq:
      case Fn::ne: infix(4, 5, 5); break;
      case Fn::lt:
      case Fn::le:
      case Fn::gt:
      case Fn::ge: infix(5, 6, 6); break;
      case Fn::add:
      case Fn::sub: infix(6, 6, 7); break;
      case Fn::mul:
      case Fn::div: infix(7, 7, 8); break;
      case Fn::select:
        p.binds = 1;
        p.text = arg(0, 2) + " ? " + arg(1, 2) + " : " + arg(2, 2);
        break;
      default: p.text += "(" + arg(0, 1) + (arity(n.fn) == 2 ? ", " + arg(1, 1) : "") + ")"; break;
    }
    const bool last = i + 1 == f.nodes.size();
    if (arity(n.fn) > 0 && !last && (uses[i] > 1 || p.depth >= kDeepest)) {
      const std::string name = "t" + std::to_string(defined++);
      definitions += name + " = " + p.text + "; ";
      p = {name, 9, 0};
    }
    parts.push_back(std::move(p));
  }
  return definitions + parts.back().text;
}

}  // namespace nnrun::sdk
