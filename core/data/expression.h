// Derived features: arithmetic over the columns of a table, as TensorFlow Playground has x^2, x*y
// and sin(x).
//
//   sum     = product { ("+" | "-") product }
//   product = unary { ("*" | "/") unary }
//   unary   = "-" unary | power
//   power   = atom [ "^" unary ]
//   atom    = number | column | function "(" sum ")" | "(" sum ")"
//
// A column is a name of letters, digits, "_" and "."; functions: abs cos exp log sin sqrt tanh.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace nnrun {

class Expression {
 public:
  /// Throws Error(model): wrong syntax (with the position), an unknown column (with the nearest).
  Expression(const std::string& text, const std::vector<std::string>& columns);

  /// Indices of the columns it reads, each once.
  const std::vector<size_t>& inputs() const { return inputs_; }
  /// Its value where input i has the value values[i]. Not thread-safe.
  double operator()(const std::vector<double>& values) const;

 private:
  friend class ExpressionParser;
  enum class Kind { number, input, add, sub, mul, div, pow, neg, call };
  struct Op {
    Kind kind;
    double number = 0;
    size_t input = 0;
    double (*call)(double) = nullptr;
  };
  std::vector<Op> ops_;  // postfix
  std::vector<size_t> inputs_;
  mutable std::vector<double> stack_;
};

}  // namespace nnrun
