// Small networks run as one function of machine code (backends/onednn/tiny): it does what the
// program says, which the reference backend tells in float64.
#include <nnrun/session.h>
#include <nnrun/tensor.h>

#include <cmath>
#include <limits>

#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace nnrun {
namespace {

using test::TempDir;
using test::values;

struct Case {
  const char* name;
  const char* layers;
  const char* loss;
  const char* optimizer;
  int batch, rows;
  const char* more = "";  // of `training`
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string model_file(const Case& c) {
  std::string rows;
  for (int i = 0; i < c.rows; ++i) {
    const double a = std::sin(i * 1.7 + 0.3), b = std::cos(i * 2.9), t = a * b > 0 ? 1 : 0;
    rows += (i ? ", [" : "[") + std::to_string(a) + ", " + std::to_string(b) + ", " +
            std::to_string(t) + "]";
  }
  return "nnrun: 1\nname: small\nseed: 7\ndata:\n  source: {type: inline, columns: [a, b, t], "
         "rows: [" +
         rows + "]}\n  features: [a, b]\n  target: t\nmodel:\n  input_shape: [2]\n  layers:\n" +
         std::string(c.layers) +
         "training:\n  epochs: 3\n  batch_size: " + std::to_string(c.batch) +
         "\n  shuffle: false\n  metrics: []\n  loss: " + c.loss + "\n  optimizer: " + c.optimizer +
         "\n" + c.more;
}

/// How many launches a step takes.
int launches(const Session& s) {
  const std::string plan = s.plan();
  const size_t end = plan.find(" launches");
  return end == std::string::npos ? -1 : std::stoi(plan.substr(plan.rfind('\n', end) + 1));
}

class SmallNetwork : public ::testing::TestWithParam<Case> {
 protected:
  Session open(const std::string& backend) const {
    return Session::load(dir_.put("m.yaml", model_file(GetParam())),
                         {.overrides = {"backend=" + backend}});
  }
  TempDir dir_;
};

TEST_P(SmallNetwork, LearnsAsOneFunctionWhatTheReferenceLearns) {
  Session small = open("{name: onednn, threads: 1}");
  Session exact = open("{name: reference, dtype: float64, threads: 1}");
  Session plain = open("{name: onednn, threads: 1, fuse: false}");
  ASSERT_EQ(launches(small), 1);
  ASSERT_GT(launches(plain), 10);
  for (int k = 0; k < 4; ++k) {
    const double want = exact.run_steps(7);
    EXPECT_NEAR(small.run_steps(7), want, 2e-5 * (1 + std::fabs(want)));
    EXPECT_NEAR(plain.run_steps(7), want, 2e-5 * (1 + std::fabs(want)));
  }
  const auto got = small.state_dict();
  for (const auto& [name, t] : exact.state_dict()) {
    const std::vector<double> want = values(t), have = values(got.at(name));
    ASSERT_EQ(have.size(), want.size()) << name;
    double largest = 0;
    for (double w : want) largest = std::max(largest, std::fabs(w));
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_NEAR(have[i], want[i], 1e-4 * largest + 1e-6) << name << "[" << i << "]";
    }
  }
}

constexpr const char* kSigmoid =
    "    - Linear(2, 2)\n    - Sigmoid\n    - Linear(2, 1)\n    - Sigmoid\n";
constexpr const char* kTanh = "    - Linear(2, 8)\n    - Tanh\n    - Linear(8, 1)\n";
constexpr const char* kRelu =
    "    - Linear(2, 5)\n    - ReLU\n    - Linear(5, 3)\n    - ReLU\n    - Linear(3, 1)\n";
constexpr const char* kMixed =
    "    - Linear(2, 4)\n    - Softplus\n    - Linear(4, 4)\n    - SiLU\n    - Linear(4, 3)\n    - "
    "ELU\n    - Linear(3, 1)\n";
constexpr const char* kGelu =
    "    - Linear(2, 3)\n    - GELU\n    - Linear(3, 3)\n    - Hardswish\n    - Linear(3, 1)\n";
constexpr const char* kSgd = "{type: SGD, lr: 0.3}";
constexpr const char* kMomentum = "{type: SGD, lr: 0.05, momentum: 0.9, weight_decay: 0.01}";
constexpr const char* kNesterov = "{type: SGD, lr: 0.05, momentum: 0.8, nesterov: true}";
constexpr const char* kAdam = "{type: Adam, lr: 0.02}";
constexpr const char* kAdamW = "{type: AdamW, lr: 0.02, weight_decay: 0.1}";

INSTANTIATE_TEST_SUITE_P(
    , SmallNetwork,
    ::testing::Values(Case{"XorSgd", kSigmoid, "MSELoss", kSgd, 4, 4},
                      Case{"OneRow", kSigmoid, "MSELoss", kSgd, 1, 3},
                      Case{"TwoRows", kTanh, "BCEWithLogitsLoss", kMomentum, 2, 6},
                      Case{"ThreeRows", kRelu, "MSELoss", kMomentum, 3, 9},
                      Case{"FiveRows", kTanh, "BCEWithLogitsLoss", kAdam, 5, 10},
                      Case{"EightRows", kMixed, "SmoothL1Loss", kAdamW, 8, 16},
                      Case{"NineRows", kTanh, "HuberLoss", kNesterov, 9, 9},
                      Case{"ThirtyThreeRows", kSigmoid, "BCELoss", kAdam, 33, 66},
                      Case{"Gelu", kGelu, "L1Loss", kSgd, 4, 8},
                      Case{"ShortLastBatch", kTanh, "MSELoss", kMomentum, 4, 10}),
    [](const auto& i) { return std::string(i.param.name); });

TEST(OneSmallNetwork, ThatMeetsNaNKeepsTheWeightsOfTheStepBefore) {
  const TempDir dir;
  const Case c{"", kRelu, "MSELoss", "{type: SGD, lr: 1.0e+15}", 4, 4};
  const auto run = [&](const char* fuse) {
    Session s = Session::load(
        dir.put("m.yaml", model_file(c)),
        {.overrides = {std::string("backend={name: onednn, threads: 1, fuse: ") + fuse + "}"}});
    test::expect_error(Code::numeric, "NaN or Inf in epoch", [&] { s.run_steps(100); });
    return s.state_dict();
  };
  const auto fused = run("true"), plain = run("false");
  for (const auto& [name, t] : plain) {
    const auto want = values(t), got = values(fused.at(name));
    for (size_t i = 0; i < want.size(); ++i) {
      EXPECT_TRUE(std::isfinite(got[i])) << name;
      EXPECT_NEAR(got[i], want[i], 1e-4 * std::fabs(want[i])) << name;
    }
  }
}

TEST(OneSmallNetwork, PredictsOneRowAndMany) {
  const TempDir dir;
  const Case c{"", kMixed, "MSELoss", kSgd, 4, 4};
  const std::string file = dir.put("m.yaml", model_file(c));
  Session small = Session::load(file, {.overrides = {"backend={name: onednn, threads: 1}"}});
  Session exact =
      Session::load(file, {.overrides = {"backend={name: reference, dtype: float64, threads: 1}"}});
  for (int64_t rows : {1, 2, 5, 8, 17}) {
    const Tensor x = arange(rows * 2, kFloat).view({rows, 2}) / 10 - 0.7;
    const auto got = values(small.predict(x)), want = values(exact.predict(x.to(kDouble)));
    ASSERT_EQ(got.size(), size_t(rows));
    for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], 2e-6) << rows;
  }
}

TEST(OneSmallNetwork, HasSigmoidsAsExactAsFloat32AndZeroWhereExpIsInfinite) {
  const TempDir dir;
  const Case c{"", "    - Linear(2, 1)\n    - Sigmoid\n", "MSELoss", kSgd, 4, 4};
  Session s = Session::load(dir.put("m.yaml", model_file(c)),
                            {.overrides = {"backend={name: onednn, threads: 1}"}});
  const auto weights = s.state_dict();
  const float w = float(values(weights.at("0.weight"))[0]),
              b = float(values(weights.at("0.bias"))[0]);
  const auto sigmoids = [&](const std::vector<float>& x) {
    std::vector<float> rows;
    for (float v : x) rows.insert(rows.end(), {v, 0.f});
    return values(s.predict(tensor(rows).view({int64_t(x.size()), 2})));
  };
  for (float first = -87; first < 95; first += 0.64f) {
    std::vector<float> x;
    for (int i = 0; i < 64; ++i) x.push_back((first + 0.01f * float(i)) / w);
    const auto got = sigmoids(x);
    for (size_t i = 0; i < x.size(); ++i) {
      const double z = std::fma(x[i], w, b), want = 1 / (1 + std::exp(-z));
      EXPECT_NEAR(got[i], want, 4 * 0x1p-24 * want) << z;
    }
  }
  const float inf = std::numeric_limits<float>::infinity();
  const auto got = sigmoids({-1e30f / w, -inf / w, -90 / w, inf / w, 1e30f / w, std::nanf("")});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(got[size_t(i)], 0);
  for (int i = 3; i < 5; ++i) EXPECT_EQ(got[size_t(i)], 1);
  EXPECT_TRUE(std::isnan(got[5]));
}

}  // namespace
}  // namespace nnrun
