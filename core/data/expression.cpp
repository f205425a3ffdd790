#include "core/data/expression.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include <nnrun/error.h>

#include "core/base/limits.h"
#include "core/base/text.h"

namespace nnrun {

class ExpressionParser {
 public:
  using Kind = Expression::Kind;
  ExpressionParser(Expression* e, std::string_view text, const std::vector<std::string>& columns)
      : e_(*e), text_(text), columns_(columns) {}

  void parse() {
    sum();
    if (peek() != '\0' || at_ != text_.size()) fail("an operator or the end expected");
  }

 private:
  [[noreturn]] void fail(const std::string& why, std::string hint = "") const {
    throw Error(Code::model, "feature '" + printable(text_, 64) + "': " + why + " at character " +
                                 std::to_string(at_ + 1))
        .with_hint(std::move(hint));
  }
  char peek() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool next_is(char c) {
    if (peek() != c || c == '\0') return false;
    ++at_;
    return true;
  }
  void emit(Kind kind) { e_.ops_.push_back({kind}); }

  void sum() {
    if (++depth_ > limits().depth) fail("nested deeper than " + std::to_string(limits().depth));
    product();
    while (peek() == '+' || peek() == '-') {
      const Kind kind = text_[at_++] == '+' ? Kind::add : Kind::sub;
      product();
      emit(kind);
    }
    --depth_;
  }
  void product() {
    unary();
    while (peek() == '*' || peek() == '/') {
      const Kind kind = text_[at_++] == '*' ? Kind::mul : Kind::div;
      unary();
      emit(kind);
    }
  }
  void unary() {
    if (++depth_ > limits().depth) fail("nested deeper than " + std::to_string(limits().depth));
    if (next_is('-')) {
      unary();
      emit(Kind::neg);
    } else {
      power();
    }
    --depth_;
  }
  void power() {
    atom();
    if (next_is('^')) {
      unary();
      emit(Kind::pow);
    }
  }
  void atom() {
    if (next_is('(')) {
      sum();
      if (!next_is(')')) fail("')' expected");
      return;
    }
    const char c = peek();
    if ((c >= '0' && c <= '9') || c == '.') return number();
    const size_t begin = at_;
    auto in_name = [](char x) {
      return (x >= 'a' && x <= 'z') || (x >= 'A' && x <= 'Z') || (x >= '0' && x <= '9') ||
             x == '_' || x == '.';
    };
    while (at_ < text_.size() && in_name(text_[at_])) ++at_;
    if (at_ == begin) fail("a column, number or '(' expected");
    const std::string name(text_.substr(begin, at_ - begin));
    if (next_is('(')) {
      call(name, begin);
    } else {
      column(name, begin);
    }
  }
  void number() {
    Expression::Op op{Kind::number};
    const auto r = std::from_chars(text_.data() + at_, text_.data() + text_.size(), op.number);
    if (r.ec != std::errc()) fail("a number expected");
    at_ = size_t(r.ptr - text_.data());
    e_.ops_.push_back(op);
  }
  void call(const std::string& name, size_t begin) {
    struct Function {
      const char* name;
      double (*call)(double);
    };
    static const Function functions[] = {{"abs", std::fabs}, {"cos", std::cos}, {"exp", std::exp},
                                         {"log", std::log},  {"sin", std::sin}, {"sqrt", std::sqrt},
                                         {"tanh", std::tanh}};
    std::vector<std::string> names;
    Expression::Op op{Kind::call};
    for (const Function& f : functions) {
      names.push_back(f.name);
      if (name == f.name) op.call = f.call;
    }
    if (op.call == nullptr) {
      at_ = begin;
      fail("unknown function '" + name + "' (known: " + join(names) + ")",
           did_you_mean(name, names));
    }
    sum();
    if (!next_is(')')) fail("')' expected");
    e_.ops_.push_back(op);
  }
  void column(const std::string& name, size_t begin) {
    const auto it = std::find(columns_.begin(), columns_.end(), name);
    if (it == columns_.end()) {
      at_ = begin;
      std::string hint = did_you_mean(name, columns_);
      if (hint.empty() && columns_.size() <= 12) hint = "columns: " + join(columns_);
      fail("no column '" + name + "'", printable(hint, 400));
    }
    const size_t index = size_t(it - columns_.begin());
    const auto known = std::find(e_.inputs_.begin(), e_.inputs_.end(), index);
    Expression::Op op{Kind::input};
    op.input = size_t(known - e_.inputs_.begin());
    if (known == e_.inputs_.end()) e_.inputs_.push_back(index);
    e_.ops_.push_back(op);
  }

  Expression& e_;
  std::string_view text_;
  const std::vector<std::string>& columns_;
  size_t at_ = 0;
  int depth_ = 0;
};

Expression::Expression(const std::string& text, const std::vector<std::string>& columns) {
  ExpressionParser(this, text, columns).parse();
}

double Expression::operator()(const std::vector<double>& values) const {
  stack_.clear();
  auto pop = [&] {
    const double v = stack_.back();
    stack_.pop_back();
    return v;
  };
  for (const Op& op : ops_) {
    if (op.kind == Kind::number) {
      stack_.push_back(op.number);
      continue;
    }
    if (op.kind == Kind::input) {
      stack_.push_back(values[op.input]);
      continue;
    }
    const double b = pop();
    switch (op.kind) {
      case Kind::add: stack_.back() += b; break;
      case Kind::sub: stack_.back() -= b; break;
      case Kind::mul: stack_.back() *= b; break;
      case Kind::div: stack_.back() /= b; break;
      case Kind::pow: stack_.back() = std::pow(stack_.back(), b); break;
      case Kind::neg: stack_.push_back(-b); break;
      default: stack_.push_back(op.call(b));
    }
  }
  return stack_.back();
}

}  // namespace nnrun
