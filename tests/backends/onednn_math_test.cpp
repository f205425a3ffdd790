// The accuracy of the vectorised elementary functions, over float32 from end to end.
#include <cmath>
#include <limits>

#include "tests/backends/onednn.h"

namespace nnrun::test {
namespace {

double ulp(double exact) {
  const float f = std::fabs(float(exact));
  if (!std::isfinite(f)) return std::numeric_limits<double>::infinity();
  return double(std::nextafter(f, std::numeric_limits<float>::infinity())) - double(f);
}

/// Every 40,009th float32 (a prime), and `near` more around 0 and 1, where functions cancel.
Tensor arguments() {
  Numbers v;
  for (uint64_t bits = 0; bits < (uint64_t{1} << 32); bits += 40009) {
    const uint32_t b = uint32_t(bits);
    float f;
    std::memcpy(&f, &b, 4);
    v.push_back(f);
  }
  for (int i = -20000; i <= 20000; ++i) {
    v.push_back(i * 1e-3);
    v.push_back(1 + i * 1e-5);
  }
  const int64_t n = int64_t(v.size());
  return f32({n}, v);
}

/// The largest error of op in ulp, at any instruction set; infinities and NaN must be the same.
double worst(const std::string& op, double (*exact)(double)) {
  static const Tensor x = arguments();
  double largest = 0;
  for (const Library* library : onednn_levels()) {
    const Tensor y = library->run1(op, {x}, {kF32, x.shape()});
    for (int64_t i = 0; i < x.numel(); ++i) {
      const double want = exact(x.at(i)), got = y.at(i);
      if (std::isnan(want) || std::isinf(float(want))) {
        const bool same = std::isnan(want) ? std::isnan(got) : got == double(float(want));
        EXPECT_TRUE(same) << op << "(" << x.at(i) << ") = " << got << " at " << library->file();
        if (!same) return 1e9;
        continue;
      }
      const double error = std::fabs(got - want) / ulp(want);
      if (!(error <= largest)) largest = error;
      if (!(error < 4)) {
        ADD_FAILURE() << op << "(" << x.at(i) << ") = " << got << ", not " << want;
        return error;
      }
    }
  }
  return largest;
}

TEST(OnednnMath, ExponentialsAreWithinFourUlp) {
  EXPECT_LT(worst("exp", [](double x) { return std::exp(x); }), 4);
  EXPECT_LT(worst("expm1", [](double x) { return std::expm1(x); }), 4);
}

TEST(OnednnMath, LogarithmsAreWithinFourUlp) {
  EXPECT_LT(worst("log", [](double x) { return std::log(x); }), 4);
  EXPECT_LT(worst("log1p", [](double x) { return std::log1p(x); }), 4);
}

TEST(OnednnMath, SquashingFunctionsAreWithinFourUlp) {
  EXPECT_LT(worst("tanh", [](double x) { return std::tanh(x); }), 4);
  EXPECT_LT(worst("erf", [](double x) { return std::erf(x); }), 4);
  EXPECT_LT(worst("sigmoid",
                  [](double x) {
                    const double e = std::exp(-std::fabs(x));
                    return (x >= 0 ? 1 : e) / (1 + e);
                  }),
            4);
}

TEST(OnednnMath, SineAndCosineAreWithinFourUlpOfAnyAngle) {
  EXPECT_LT(worst("sin", [](double x) { return std::sin(x); }), 4);
  EXPECT_LT(worst("cos", [](double x) { return std::cos(x); }), 4);
}

TEST(OnednnMath, RootsAreWithinFourUlp) {
  EXPECT_LT(worst("sqrt", [](double x) { return std::sqrt(x); }), 1);
  EXPECT_LT(worst("rsqrt", [](double x) { return 1 / std::sqrt(x); }), 4);
}

}  // namespace
}  // namespace nnrun::test
