#include <gtest/gtest.h>
#include <nnrun/sdk/formula.hpp>

#include <cmath>
#include <random>

namespace nnrun::sdk {
namespace {

double value(const std::string& text, std::vector<double> x = {0}, std::vector<double> a = {}) {
  const FormulaNames names{int(x.size()), int(a.size())};
  return evaluate(parse_formula(text, names), x.data(), a.data());
}

Formula differentiated(const Formula& f, int i) {
  FormulaBuilder b(f);
  return b.finish(b.derivative(b.result(), i));
}

FormulaError error_of(const std::string& text, FormulaLimits limits = {}) {
  try {
    parse_formula(text, {2, 1, {"x"}, {"beta"}}, limits);
  } catch (const FormulaError& e) {
    return e;
  }
  ADD_FAILURE() << "no error: " << text;
  return {"", 0, 0};
}

/// A formula of one variable, smooth but for ?: and floor, finite for |x| <= 3.
std::string random_formula(std::mt19937& r, int depth) {
  const auto pick = [&](int n) { return int(r() % unsigned(n)); };
  const auto sub = [&] { return random_formula(r, depth - 1); };
  if (depth == 0) {
    const char* leaves[] = {"x0", "x0", "x1", "a0", "0.5", "2", "-1.25"};
    return leaves[pick(7)];
  }
  switch (pick(12)) {
    case 0: return "(" + sub() + " + " + sub() + ")";
    case 1: return "(" + sub() + " - " + sub() + ")";
    case 2: return "(" + sub() + " * " + sub() + ")";
    case 3: return "(" + sub() + " / (1.5 + sin(" + sub() + ")))";
    case 4: return "exp(-abs(" + sub() + "))";
    case 5: return "tanh(" + sub() + ")";
    case 6: return "sigmoid(" + sub() + ")";
    case 7: return "log1p(abs(" + sub() + "))";
    case 8: return "erf(" + sub() + ")";
    case 9: return "max(" + sub() + ", " + sub() + ")";
    case 10: return "cos(" + sub() + ")";
    default: return "(" + sub() + " > 0.1 ? " + sub() + " : " + sub() + ")";
  }
}

TEST(Formula, HasTheUsualPrecedence) {
  EXPECT_EQ(value("1 + 2 * 3 - 8 / 4 / 2"), 6);
  EXPECT_EQ(value("-x0 * -2", {3}), 6);
  EXPECT_EQ(value("1 < 2 == 3 > 2 && !0 || 0"), 1);
  EXPECT_EQ(value("x0 > 0 ? 1 : x0 < 0 ? -1 : 0", {-5}), -1);
  EXPECT_EQ(value("t = x0 + 1; u = t * t; u - t", {2}), 6);
  EXPECT_EQ(value(".5 + 1e-1 + 1.5E+1"), 15.6);
}

TEST(Formula, ComputesEveryFunction) {
  const double x = 0.7;
  EXPECT_DOUBLE_EQ(value("exp(x0)", {x}), std::exp(x));
  EXPECT_DOUBLE_EQ(value("expm1(x0)", {x}), std::expm1(x));
  EXPECT_DOUBLE_EQ(value("log(x0)", {x}), std::log(x));
  EXPECT_DOUBLE_EQ(value("log1p(x0)", {x}), std::log1p(x));
  EXPECT_DOUBLE_EQ(value("tanh(x0)", {x}), std::tanh(x));
  EXPECT_DOUBLE_EQ(value("sqrt(x0)", {x}), std::sqrt(x));
  EXPECT_EQ(value("abs(x0)", {-x}), x);
  EXPECT_DOUBLE_EQ(value("sin(x0)", {x}), std::sin(x));
  EXPECT_DOUBLE_EQ(value("cos(x0)", {x}), std::cos(x));
  EXPECT_DOUBLE_EQ(value("erf(x0)", {x}), std::erf(x));
  EXPECT_NEAR(value("sigmoid(x0)", {x}), 1 / (1 + std::exp(-x)), 1e-15);
  EXPECT_EQ(value("floor(x0)", {-x}), -1);
  EXPECT_EQ(value("sign(x0)", {-x}), -1);
  EXPECT_EQ(value("min(x0, x1) + 10 * max(x0, x1)", {2, 3}), 32);
  EXPECT_EQ(value("pow(x0, x1)", {2, 10}), 1024);
}

TEST(Formula, PropagatesNanThroughMaxAndMin) {
  const double nan = std::nan("");
  EXPECT_TRUE(std::isnan(value("max(x0, 0)", {nan})));
  EXPECT_TRUE(std::isnan(value("min(0, x0)", {nan})));
}

TEST(Formula, TakesNamesOfTheCaller) {
  const Formula f = parse_formula("x * sigmoid(beta * x)", {1, 1, {"x"}, {"beta"}});
  const double x = 2, beta = 0;
  EXPECT_EQ(evaluate(f, &x, &beta), 1);
}

TEST(Formula, SaysWhereAMistakeIs) {
  struct Case {
    const char *text, *message;
    size_t begin, end;
  };
  const Case cases[] = {
      {"", "is empty", 0, 1},
      {"x + ", "found the end", 4, 5},
      {"x * * 2", "expected a number, a name or '('", 4, 5},
      {"x + betta", "'betta' is not defined", 4, 9},
      {"x + x2", "'x2' is not defined", 4, 6},
      {"2 softplus(x)", "expected an operator", 2, 10},
      {"softplus(x)", "there is no function 'softplus'", 0, 8},
      {"1 + max(x)", "max takes 2 arguments, not 1", 4, 10},
      {"exp(x, x)", "exp takes 1 argument, not 2", 0, 9},
      {"(x + 1", "expected ')'", 6, 7},
      {"x > 0 ? 1", "expected ':'", 9, 10},
      {"0 < x < 1", "do not chain", 6, 7},
      {"x # 2", "unexpected '#'", 2, 3},
      {"x \xc3\xa4", "not ASCII", 2, 3},
      {"x = 2; x", "'x' has a meaning already", 0, 1},
      {"exp = 2; x", "'exp' is a function", 0, 3},
      {"t = x", "expected ';'", 5, 6},
      {"x; x", "nothing follows", 1, 2},
      {"1e999", "does not fit", 0, 5},
      {"x & 1", "unexpected '&'", 2, 3},
  };
  for (const Case& c : cases) {
    const FormulaError e = error_of(c.text);
    EXPECT_NE(std::string(e.what()).find(c.message), std::string::npos)
        << c.text << ": " << e.what();
    EXPECT_EQ(e.begin, c.begin) << c.text;
    EXPECT_EQ(e.end, c.end) << c.text;
  }
}

TEST(Formula, LimitsNestingWithoutUsingTheStack) {
  for (const char* open : {"(", "-", "!", "exp(", "x > 0 ? x : "}) {
    std::string text;
    for (int i = 0; i < 100'000; ++i) text += open;
    EXPECT_NE(std::string(error_of(text + "x").what()).find("nested deeper"), std::string::npos);
  }
}

TEST(Formula, LimitsItsSize) {
  std::string text = "x";
  for (int i = 0; i < 5000; ++i) text += " + " + std::to_string(i);
  EXPECT_NE(std::string(error_of(text).what()).find("more than 4096"), std::string::npos);
}

TEST(Formula, DifferentiatesALongChainWithoutRecursion) {
  std::string text = "x0";
  for (int i = 0; i < 4000; ++i) text += " * x0";
  const Formula d = differentiated(parse_formula(text, {1, 0}), 0);
  const double x = 1;
  EXPECT_EQ(evaluate(d, &x), 4001);
  const std::string again = to_text(d);
  EXPECT_EQ(evaluate(parse_formula(again, {1, 0}, {64, 1 << 16}), &x), 4001);
}

TEST(Formula, SimplifiesAndSharesWhatIsEqual) {
  const auto simple = [](const char* text) { return to_text(parse_formula(text, {2, 1})); };
  EXPECT_EQ(simple("2 * 3 + 4"), "10");
  EXPECT_EQ(simple("0 * exp(x0) + 1 * x0 - 0"), "x0");
  EXPECT_EQ(simple("--x0"), "x0");
  EXPECT_EQ(simple("pow(x0, 1) / 1"), "x0");
  EXPECT_EQ(simple("1 > 0 ? x0 : x1"), "x0");
  EXPECT_EQ(simple("1 / 0"), "1 / 0");
  EXPECT_EQ(parse_formula("exp(x0 + x1) * exp(x1 + x0)", {2, 0}).nodes.size(), 5u);
}

TEST(Formula, DerivativesAgreeWithCentralDifferences) {
  std::mt19937 random(1);
  const double a[] = {0.75};
  int compared = 0;
  for (int n = 0; n < 3000; ++n) {
    const Formula f = parse_formula(random_formula(random, 1 + n % 4), {2, 1});
    const Formula d = differentiated(f, 0);
    const double x0 = double(random() % 6001) / 1000 - 3.0003, x1 = 0.3;
    const auto at = [&](double h) {
      const double x[] = {x0 + h, x1};
      return evaluate(f, x, a);
    };
    const double h = 1e-6, left = (at(0) - at(-h)) / h, right = (at(h) - at(0)) / h;
    if (std::fabs(left - right) > 1e-3 * (1 + std::fabs(left))) continue;  // a kink
    const double x[] = {x0, x1}, central = (at(h) - at(-h)) / (2 * h);
    EXPECT_NEAR(evaluate(d, x, a), central, 1e-5 * (1 + std::fabs(central))) << to_text(f);
    ++compared;
  }
  EXPECT_GT(compared, 2500);
}

TEST(Formula, SecondDerivativesAgreeWithCentralDifferences) {
  const char* const formulas[] = {
      "x0 * sigmoid(a0 * x0)",        "pow(x0 * x0 + 1, x1)", "pow(a0, x0)",
      "exp(x0) / (1 + exp(x0 * a0))", "sqrt(1 + x0 * x0)",    "cos(x0) * x1",
      "x0 * tanh(log1p(exp(x0)))",    "expm1(x0) * erf(x0)",  "1 / (1 + exp(-x0))",
      "pow(x0, -2) + pow(x0, 3)",     "sin(x0) / x0"};
  for (const char* text : formulas) {
    const Formula d = differentiated(parse_formula(text, {2, 1}), 0), dd = differentiated(d, 0);
    for (double x0 : {-1.5, -0.4, 0.2, 2.5}) {
      const double a[] = {0.75}, h = 1e-6;
      const double low[] = {x0 - h, 1.3}, x[] = {x0, 1.3}, high[] = {x0 + h, 1.3};
      const double central = (evaluate(d, high, a) - evaluate(d, low, a)) / (2 * h);
      EXPECT_NEAR(evaluate(dd, x, a), central, 1e-6 * (1 + std::fabs(central)))
          << text << " " << x0;
    }
  }
}

TEST(Formula, ItsDerivativeIsFiniteFarOutWhereItsValueIs) {
  std::mt19937 random(2);
  std::vector<std::string> formulas = {
      "1 / (1 + exp(-x0))",       "tanh(exp(x0))",         "exp(-exp(x0))",
      "erf(exp(x0) - exp(-x0))",  "sigmoid(x0 * x0 * x0)", "x0 > 20 ? x0 : log1p(exp(x0))",
      "x0 / (1 + exp(-a0 * x0))", "min(exp(x0), 5)",       "pow(1 + exp(x0), -0.5)"};
  for (int n = 0; n < 1000; ++n) formulas.push_back(random_formula(random, 1 + n % 4));
  for (const std::string& text : formulas) {
    const Formula f = parse_formula(text, {2, 1}), d = differentiated(f, 0);
    for (double x0 : {-1e4, 1e4}) {
      const double x[] = {x0, 0.5}, a[] = {1.5};
      if (!std::isfinite(evaluate(f, x, a))) continue;
      EXPECT_TRUE(std::isfinite(evaluate(d, x, a))) << text << " at " << x0 << ": " << to_text(d);
    }
  }
}

TEST(Formula, ChoosesAtKinksAsStated) {
  const auto slope = [](const char* text, double x) {
    return evaluate(differentiated(parse_formula(text, {1, 0}), 0), &x);
  };
  EXPECT_EQ(slope("abs(x0)", 0), 0);
  EXPECT_EQ(slope("max(2 * x0, 3 * x0)", 0), 2);
  EXPECT_EQ(slope("min(2 * x0, 3 * x0)", 0), 2);
  EXPECT_EQ(slope("x0 > 0 ? x0 : 5 * x0", 0), 5);
  EXPECT_EQ(slope("floor(x0) + sign(x0)", 1), 0);
}

TEST(Formula, PrintsWhatParsesToTheSameValues) {
  std::mt19937 random(3);
  for (int n = 0; n < 1000; ++n) {
    const Formula f = parse_formula(random_formula(random, 1 + n % 5), {2, 1});
    const Formula d = differentiated(f, n % 2);
    for (const Formula* g : {&f, &d}) {
      const std::string text = to_text(*g);
      const Formula again = parse_formula(text, {2, 1}, {64, 1 << 16});
      const double x[] = {0.37 * (n % 7) - 1, -0.6}, a[] = {0.75};
      EXPECT_EQ(evaluate(*g, x, a), evaluate(again, x, a)) << text;
    }
  }
}

TEST(Formula, PrintsParenthesesOnlyWhereTheyMatter) {
  const auto text = [](const char* s) { return to_text(parse_formula(s, {3, 0})); };
  EXPECT_EQ(text("(x0 - x1) - x2"), "x0 - x1 - x2");
  EXPECT_EQ(text("x0 - (x1 - x2)"), "x0 - (x1 - x2)");
  EXPECT_EQ(text("-(x0 + x1)"), "-(x0 + x1)");
  EXPECT_EQ(text("(x0 > 0 && x1 > 0) ? x0 / (x1 * x2) : (x2)"),
            "x0 > 0 && x1 > 0 ? x0 / (x1 * x2) : x2");
}

}  // namespace
}  // namespace nnrun::sdk
