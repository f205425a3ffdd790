// Elementwise loops and the moving of elements, against the reference backend.
#include <limits>

#include "tests/backends/onednn.h"

namespace nnrun::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr DType kAll[] = {kF32, kF64, kBF16, kF16, kI32, kI64, kU8, kBool};

bool is_number(DType t) { return t != kBool; }

TEST(Onednn, FunctionsOfOneOperandAgree) {
  for (const char* op :
       {"exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "sin", "cos", "tanh", "sigmoid", "erf",
        "relu", "floor", "ceil", "round", "neg", "abs", "sign"}) {
    for (DType t : {kF32, kF64, kBF16, kF16}) {
      const Tensor x = random_tensor(t, {3, 37}, 0.1, 3);
      expect_agreement(op, {x}, {{t, {3, 37}}});
      expect_agreement(op, {x.permute({1, 0})}, {{t, {37, 3}}});
      expect_agreement(op, {x.slice(1, 1, 36, 2)}, {{t, {3, 18}}});
    }
  }
  for (const char* op : {"neg", "abs", "sign"}) {
    for (DType t : {kI32, kI64, kU8}) {
      expect_agreement(op, {random_tensor(t, {67}, t == kU8 ? 0 : -9, 9)}, {{t, {67}}});
    }
  }
}

TEST(Onednn, FunctionsOfOneOperandKeepSpecialValues) {
  const Tensor x = f32({9}, {kNaN, kInf, -kInf, 0, -0.0, 1e-42, -1e-42, 3e38, -3e38});
  for (const char* op : {"neg", "abs", "sign", "relu", "floor", "ceil", "round"}) {
    expect_agreement(op, {x}, {{kF32, {9}}}, {}, 0);
  }
  expect_agreement("isfinite", {x}, {{kBool, {9}}});
}

TEST(Onednn, FunctionsOfTwoOperandsAgree) {
  for (const char* op : {"add", "sub", "mul", "maximum", "minimum", "eq", "ne", "lt", "le", "gt",
                         "ge", "div", "pow"}) {
    const std::string name = op;
    const bool truth = name == "eq" || name == "ne" || name[0] == 'l' || name[0] == 'g';
    for (DType t : kAll) {
      if (!is_number(t) && !truth) continue;
      if (!sdk::is_float(t) && (name == "div" || name == "pow")) continue;
      const double lo = name == "pow" ? 0.1 : t == kU8 || t == kBool ? 0 : -3;
      const double hi = t == kBool ? 1 : 3;
      const DType r = truth ? kBool : t;
      const Tensor x = random_tensor(t, {4, 5, 19}, lo, hi, 1);
      const Tensor y = random_tensor(t, {4, 5, 19}, name == "div" ? 0.5 : lo, hi, 2);
      expect_agreement(op, {x, y}, {{r, {4, 5, 19}}});
      expect_agreement(op, {x, y.slice(0, 0, 1).slice(1, 0, 1)}, {{r, {4, 5, 19}}});  // a row
      expect_agreement(op, {x.slice(2, 0, 1), y}, {{r, {4, 5, 19}}});                 // a column
      expect_agreement(op, {x, Tensor(t, {}, {1})}, {{r, {4, 5, 19}}});
      expect_agreement(op, {Tensor(t, {1}, {1}), y}, {{r, {4, 5, 19}}});
      expect_agreement(op, {x.permute({2, 0, 1}), y.permute({2, 0, 1})}, {{r, {19, 4, 5}}});
      expect_agreement(op, {x.slice(1, 0, 0), y.slice(1, 0, 0)}, {{r, {4, 0, 19}}});
    }
  }
}

TEST(Onednn, LargeElementwiseWorkIsCutInPiecesThatFit) {
  const Tensor x = random_tensor(kF32, {3, 70, 331});
  const Tensor row = random_tensor(kF32, {331}), column = random_tensor(kF32, {70, 1});
  expect_agreement("add", {x, x}, {{kF32, x.shape()}});
  expect_agreement("add", {x, row}, {{kF32, x.shape()}});
  expect_agreement("mul", {column, x}, {{kF32, x.shape()}});
  expect_agreement(
      "sub",
      {x.permute({2, 0, 1}), row.expand({331}).permute({0}).expand({1, 1, 331}).permute({2, 0, 1})},
      {{kF32, {331, 3, 70}}});
}

TEST(Onednn, PowersWithOneExponentAgree) {
  const Tensor x = random_tensor(kF32, {40}, -3, 3);
  for (double e : {2., 3., -1., 0.5, 0., 2.5}) {
    expect_agreement("pow", {x, Tensor(kF32, {}, {e})}, {{kF32, {40}}});
  }
}

TEST(Onednn, MaximumAndMinimumPropagateNaN) {
  const Tensor x = f32({4}, {kNaN, 1, kNaN, 2}), y = f32({4}, {1, kNaN, kNaN, 3});
  expect_agreement("maximum", {x, y}, {{kF32, {4}}});
  expect_agreement("minimum", {x, y}, {{kF32, {4}}});
}

TEST(Onednn, LogicAgrees) {
  const Tensor x(kBool, {4}, {0, 0, 1, 1}), y(kBool, {4}, {0, 1, 0, 1});
  expect_agreement("logical_and", {x, y}, {{kBool, {4}}});
  expect_agreement("logical_or", {x, y}, {{kBool, {4}}});
  expect_agreement("logical_not", {x}, {{kBool, {4}}});
}

TEST(Onednn, CastsAgreeBetweenAllDtypes) {
  const Numbers v = {0,    1,     -1,   2.5,  -2.5,  300,  -300,    65536.5, 3e9,     -3e9,
                     1e19, -1e19, kNaN, kInf, -kInf, 1e-8, 65519.9, 65520.1, 0.49999, 1.0000001};
  const int64_t n = int64_t(v.size());
  for (DType from : kAll) {
    const Tensor x(from, {n}, v);
    for (DType to : kAll) {
      expect_agreement("cast", {x}, {{to, {n}}}, {{"dtype", to}}, 0);
      expect_agreement("cast", {x.slice(0, 1, n, 2)}, {{to, {n / 2}}}, {{"dtype", to}}, 0);
    }
  }
}

TEST(Onednn, WhereChoosesAndBroadcasts) {
  for (DType t : {kF32, kF64, kBF16, kI32, kU8}) {
    const Tensor c = random_tensor(kBool, {5, 33}, 0, 1), x = random_tensor(t, {5, 33}, 0, 9);
    expect_agreement("where", {c, x, random_tensor(t, {5, 33}, 0, 9, 4)}, {{t, {5, 33}}});
    expect_agreement("where", {c, x, Tensor(t, {}, {7})}, {{t, {5, 33}}});
    expect_agreement("where", {c, Tensor(t, {}, {7}), x}, {{t, {5, 33}}});
    expect_agreement("where", {c.slice(0, 0, 1), x, Tensor(t, {33})}, {{t, {5, 33}}});
  }
}

TEST(Onednn, CopiesTransposedAndExpandedOperands) {
  for (DType t : {kF32, kF64, kBF16, kU8}) {
    const Tensor x = random_tensor(t, {35, 3, 41}, 0, 99);
    expect_agreement("copy", {x.permute({2, 1, 0})}, {{t, {41, 3, 35}}});
    expect_agreement("copy", {x.permute({0, 2, 1})}, {{t, {35, 41, 3}}});
    expect_agreement("copy", {x.slice(0, 0, 1).expand({4, 3, 41})}, {{t, {4, 3, 41}}});
    expect_agreement("copy", {x.slice(2, 40, 41)}, {{t, {35, 3, 1}}});
  }
}

TEST(Onednn, GradientsOfActivationsAgreeWithTheirFormulas) {
  const Tensor g = random_tensor(kF32, {77}, -2, 2, 1), y = random_tensor(kF32, {77}, -1, 1, 2);
  Numbers relu, sigmoid, tanh;
  for (int64_t i = 0; i < 77; ++i) {
    relu.push_back(y.at(i) > 0 ? g.at(i) : 0);
    sigmoid.push_back(g.at(i) * y.at(i) * (1 - y.at(i)));
    tanh.push_back(g.at(i) * (1 - y.at(i) * y.at(i)));
  }
  expect_results({relu}, "relu_grad", {g, y}, {{kF32, {77}}});
  expect_results({sigmoid}, "sigmoid_grad", {g, y}, {{kF32, {77}}});
  expect_results({tanh}, "tanh_grad", {g, y}, {{kF32, {77}}});
}

TEST(Onednn, FormulasAgreeWithTheirMeaning) {
  const auto check = [](const char* expr, const Numbers& a, double (*f)(double, double), DType t) {
    for (int64_t n : {1, 5, 255, 256, 257, 1000}) {
      const Tensor x = random_tensor(t, {n}, -3, 3, 1), y = random_tensor(t, {n}, -3, 3, 2);
      Numbers want;
      for (int64_t i = 0; i < n; ++i) want.push_back(f(x.at(i), y.at(i)));
      SCOPED_TRACE(expr);
      expect_results({want}, "formula", {x, y}, {{t, {n}}},
                     {{"expr", std::string(expr)}, {"a", a}});
    }
  };
  for (DType t : {kF32, kF64, kBF16, kF16}) {
    check(
        "x0 * sigmoid(a0 * x0) + x1", {2},
        [](double x, double y) { return x / (1 + std::exp(-2 * x)) + y; }, t);
    check(
        "x0 > 0 && x1 < 1 ? x0 : exp(x0) - 1", {},
        [](double x, double y) { return x > 0 && y < 1 ? x : std::exp(x) - 1; }, t);
    check(
        "x1", {}, [](double, double y) { return y; }, t);
    check(
        "a0", {4}, [](double, double) { return 4.; }, t);
    check(
        "t = x0 * x0; max(min(t, 2), x1) / (abs(x1) + 1)", {},
        [](double x, double y) { return std::max(std::min(x * x, 2.), y) / (std::fabs(y) + 1); },
        t);
  }
}

TEST(Onednn, FormulasBroadcastAndTakeStrides) {
  const Tensor x = random_tensor(kF32, {6, 300}), y = random_tensor(kF32, {300});
  Numbers want;
  for (int64_t i = 0; i < 6 * 300; ++i) want.push_back(x.at(i) * 2 + y.at(i % 300));
  const AttrMap attrs = {{"expr", std::string("2 * x0 + x1")}, {"a", Numbers{}}};
  expect_results({want}, "formula", {x, y}, {{kF32, {6, 300}}}, attrs);
  Numbers turned;
  for (int64_t i = 0; i < 300; ++i) {
    for (int64_t j = 0; j < 6; ++j) turned.push_back(x.at(j * 300 + i) * 2 + 1);
  }
  expect_results({turned}, "formula", {x.permute({1, 0}), Tensor(kF32, {}, {1})},
                 {{kF32, {300, 6}}}, attrs);
}

}  // namespace
}  // namespace nnrun::test
