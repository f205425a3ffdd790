// Reading a formula. Text from anywhere is safe to give: nesting and size are limited.
#pragma once

#include <charconv>
#include <map>
#include <string_view>

#include "builder.hpp"

namespace nnrun::sdk {

/// What a formula may speak of: x0..x(n_x-1), a0..a(n_a-1), and further names for the first of each
/// ("x" for x0, "beta" for a0).
struct FormulaNames {
  int n_x = 1, n_a = 0;
  std::vector<std::string> x = {}, a = {};
};

struct FormulaLimits {
  int depth = 64;    // of parentheses, signs and ?: in each other
  int nodes = 4096;  // operations, equal ones counted once
};

namespace detail {

class FormulaParser {
 public:
  FormulaParser(std::string_view text, const FormulaNames& names, FormulaLimits limits)
      : text_(text), limits_(limits), builder_(names.n_x, names.n_a) {
    for (int i = 0; i < names.n_x; ++i) known_["x" + std::to_string(i)] = builder_.x(i);
    for (int i = 0; i < names.n_a; ++i) known_["a" + std::to_string(i)] = builder_.a(i);
    for (size_t i = 0; i < names.x.size(); ++i)
      known_[names.x[i]] = builder_.x(static_cast<int>(i));
    for (size_t i = 0; i < names.a.size(); ++i)
      known_[names.a[i]] = builder_.a(static_cast<int>(i));
    next();
  }

  Formula parse() {
    if (kind_ == Kind::end) fail("the formula is empty");
    while (kind_ == Kind::name && rest_starts_with_equals()) definition();
    const int result = expression();
    if (token_ == ";") fail("the expression after the last ';' is the result: nothing follows it");
    if (kind_ != Kind::end) fail("expected an operator before " + shown());
    return builder_.finish(result);
  }

 private:
  enum class Kind { number, name, symbol, end };

  // Tokens.

  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  void next() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
    begin_ = at_;
    if (at_ == text_.size()) {
      kind_ = Kind::end;
    } else if (is_digit(text_[at_]) ||
               (text_[at_] == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) {
      kind_ = Kind::number;
      const char* const end = text_.data() + text_.size();
      const auto r = std::from_chars(text_.data() + at_, end, number_);
      at_ = static_cast<size_t>(r.ptr - text_.data());
      token_ = text_.substr(begin_, at_ - begin_);
      if (r.ec != std::errc()) fail("the number does not fit a float64");
    } else if (is_letter(text_[at_])) {
      kind_ = Kind::name;
      while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    } else {
      kind_ = Kind::symbol;
      const std::string_view two = text_.substr(at_, 2);
      const bool pair =
          two == "<=" || two == ">=" || two == "==" || two == "!=" || two == "&&" || two == "||";
      at_ += pair ? 2 : 1;
      token_ = text_.substr(begin_, at_ - begin_);
      if (!pair &&
          std::string_view("+-*/<>!?:;=(),").find(text_[begin_]) == std::string_view::npos) {
        fail("unexpected " + shown());
      }
    }
    token_ = text_.substr(begin_, at_ - begin_);
  }

  bool accept(std::string_view symbol) {
    if (kind_ != Kind::symbol || token_ != symbol) return false;
    next();
    return true;
  }
  void expect(std::string_view symbol, const char* why) {
    if (!accept(symbol))
      fail("expected '" + std::string(symbol) + "' " + why + ", found " + shown());
  }
  bool rest_starts_with_equals() const {
    const size_t i = text_.find_first_not_of(" \t\r\n", at_);
    return i != std::string_view::npos && text_[i] == '=' && text_.substr(i, 2) != "==";
  }

  std::string shown() const {
    if (kind_ == Kind::end) return "the end";
    const auto c = static_cast<unsigned char>(token_[0]);
    if (c < 32 || c > 126) return "a character that is not ASCII text";
    return "'" + std::string(token_.substr(0, 40)) + "'";
  }
  [[noreturn]] void fail(const std::string& message) const {
    throw FormulaError(message, begin_, at_ > begin_ ? at_ : begin_ + 1);
  }

  // Names.

  static const std::map<std::string_view, Fn>& functions() {
    static const std::map<std::string_view, Fn> all = [] {
      std::map<std::string_view, Fn> m;
      for (int i = 0; i <= static_cast<int>(Fn::select); ++i) {
        const char* name = spelling(static_cast<Fn>(i));
        if (is_letter(name[0])) m[name] = static_cast<Fn>(i);
      }
      return m;
    }();
    return all;
  }
  std::string known_names() const {
    std::string s;
    for (const auto& [name, node] : known_) s += (s.empty() ? "" : ", ") + name;
    return s;
  }

  // Grammar. Only expression() and unary() lead back to themselves; both count their depth.

  struct Nested {
    FormulaParser& p;
    explicit Nested(FormulaParser& parser) : p(parser) {
      if (++p.depth_ > p.limits_.depth) {
        p.fail("nested deeper than " + std::to_string(p.limits_.depth) +
               " levels; give parts of it a name: \"t = ...; ...\"");
      }
    }
    ~Nested() { --p.depth_; }
  };

  int make(Fn f, int p, int q = -1, int r = -1) {
    const int node = builder_.make(f, p, q, r);
    if (builder_.size() > limits_.nodes) {
      fail("more than " + std::to_string(limits_.nodes) + " operations");
    }
    return node;
  }

  void definition() {
    const std::string name(token_);
    if (functions().count(token_) != 0) fail("'" + name + "' is a function");
    if (known_.count(name) != 0) fail("'" + name + "' has a meaning already");
    next();
    expect("=", "after the name");
    const int node = expression();
    expect(";", "after a definition");
    known_[name] = node;
  }

  int expression() {
    const Nested nested(*this);
    const int condition = logical_or();
    if (!accept("?")) return condition;
    const int yes = expression();
    expect(":", "between the two values of '?'");
    return make(Fn::select, condition, yes, expression());
  }
  int logical_or() {
    int p = logical_and();
    while (accept("||")) p = make(Fn::logical_or, p, logical_and());
    return p;
  }
  int logical_and() {
    int p = equality();
    while (accept("&&")) p = make(Fn::logical_and, p, equality());
    return p;
  }
  int equality() {
    const int p = relation();
    const Fn f = token_ == "==" ? Fn::eq : Fn::ne;
    if (!accept("==") && !accept("!=")) return p;
    const int r = make(f, p, relation());
    if (token_ == "==" || token_ == "!=") fail("comparisons do not chain: write a == b && b == c");
    return r;
  }
  int relation() {
    const int p = sum();
    const Fn f = token_ == "<" ? Fn::lt : token_ == "<=" ? Fn::le : token_ == ">" ? Fn::gt : Fn::ge;
    if (!accept("<") && !accept("<=") && !accept(">") && !accept(">=")) return p;
    const int r = make(f, p, sum());
    if (token_ == "<" || token_ == "<=" || token_ == ">" || token_ == ">=") {
      fail("comparisons do not chain: write a < b && b < c");
    }
    return r;
  }
  int sum() {
    int p = product();
    for (;;) {
      if (accept("+"))
        p = make(Fn::add, p, product());
      else if (accept("-"))
        p = make(Fn::sub, p, product());
      else
        return p;
    }
  }
  int product() {
    int p = unary();
    for (;;) {
      if (accept("*"))
        p = make(Fn::mul, p, unary());
      else if (accept("/"))
        p = make(Fn::div, p, unary());
      else
        return p;
    }
  }
  int unary() {
    const Nested nested(*this);
    if (accept("-")) return make(Fn::neg, unary());
    if (accept("!")) return make(Fn::logical_not, unary());
    if (kind_ == Kind::number) {
      const int node = builder_.number(number_);
      next();
      return node;
    }
    if (accept("(")) {
      const int node = expression();
      expect(")", "to match '('");
      return node;
    }
    if (kind_ != Kind::name) fail("expected a number, a name or '(', found " + shown());
    const auto f = functions().find(token_);
    if (f != functions().end()) return call(f->second);
    const auto it = known_.find(std::string(token_));
    if (it == known_.end()) {
      const bool called = text_.substr(at_, 1) == "(";
      fail((called ? "there is no function '" : "'") + std::string(token_) +
           (called ? "'" : "' is not defined (known: " + known_names() + ")"));
    }
    next();
    return it->second;
  }
  int call(Fn f) {
    const size_t begin = begin_;
    next();
    expect("(", "after the function's name");
    int in[2] = {-1, -1}, n = 0;
    do {
      const int node = expression();
      if (n < 2) in[n] = node;
      ++n;
    } while (accept(","));
    if (n != arity(f)) {
      throw FormulaError(std::string(spelling(f)) + " takes " + std::to_string(arity(f)) +
                             (arity(f) == 1 ? " argument, not " : " arguments, not ") +
                             std::to_string(n),
                         begin, at_);
    }
    expect(")", "after the arguments");
    return make(f, in[0], in[1]);
  }

  std::string_view text_, token_;
  FormulaLimits limits_;
  FormulaBuilder builder_;
  std::map<std::string, int> known_;
  Kind kind_ = Kind::end;
  double number_ = 0;
  size_t begin_ = 0, at_ = 0;  // of the token in front; just past it
  int depth_ = 0;
};

}  // namespace detail

/// The formula of a text. Throws FormulaError.
inline Formula parse_formula(std::string_view text, const FormulaNames& names,
                             FormulaLimits limits = {}) {
  return detail::FormulaParser(text, names, limits).parse();
}

}  // namespace nnrun::sdk
