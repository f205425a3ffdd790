// Gradients of large weights that are used up piece by piece (backends/onednn/gradient_update.h):
// training does what the program says, which the reference backend tells in float64.
#include <nnrun/session.h>
#include <nnrun/tensor.h>

#include <cmath>

#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace nnrun {
namespace {

using test::TempDir;
using test::values;

constexpr const char* kLayers =
    "    - Linear(2, 128)\n    - ReLU\n    - Linear(128, 97)\n    - Tanh\n"
    "    - Linear(97, 110)\n    - LeakyReLU\n    - Linear(110, 1)\n";
constexpr const char* kLinear =
    "    - Linear(2, 128)\n    - ReLU\n    - Linear(128, 97)\n    - ReLU\n    - Linear(97, 1)\n";

/// Layers with weights that are large enough, others, and biases; 23 rows, the first times `first`.
std::string model_file(int batch, const std::string& optimizer, const char* layers = kLayers,
                       double first = 1) {
  std::string rows;
  for (int i = 0; i < 23; ++i) {
    const double by = i == 0 ? first : 1;
    const double a = by * std::sin(i * 1.7 + 0.3), b = std::cos(i * 2.9), t = a * b > 0 ? 1 : 0;
    rows += (i ? ", [" : "[") + std::to_string(a) + ", " + std::to_string(b) + ", " +
            std::to_string(t) + "]";
  }
  return "nnrun: 1\nname: wide\nseed: 7\ndata:\n  source: {type: inline, columns: [a, b, t], "
         "rows: [" +
         rows + "]}\n  features: [a, b]\n  target: t\nmodel:\n  input_shape: [2]\n  layers:\n" +
         layers + "training:\n  epochs: 3\n  shuffle: false\n  metrics: []\n  batch_size: " +
         std::to_string(batch) + "\n  loss: MSELoss\n  optimizer: " + optimizer + "\n";
}

Session open(const TempDir& dir, const std::string& text, const std::string& backend) {
  return Session::load(dir.put("m.yaml", text), {.overrides = {"backend={" + backend + "}"}});
}

bool uses_pieces(const Session& s) { return s.plan().find("gradient-update") != std::string::npos; }

void expect_same_weights(const Session& got, const Session& want, double tolerance) {
  const auto have = got.state_dict();
  for (const auto& [name, t] : want.state_dict()) {
    const std::vector<double> a = values(have.at(name)), b = values(t);
    double largest = 0;
    for (double v : b) largest = std::max(largest, std::fabs(v));
    for (size_t i = 0; i < b.size(); ++i) {
      ASSERT_NEAR(a[i], b[i], tolerance * largest + 1e-6) << name << "[" << i << "]";
    }
  }
}

class GradientUpdate : public ::testing::TestWithParam<const char*> {};

TEST_P(GradientUpdate, OfPiecesTrainsAsTheReferenceDoes) {
  const TempDir dir;
  for (int batch : {1, 5, 23}) {
    for (const char* threads : {"1", "3"}) {
      const std::string text = model_file(batch, GetParam());
      Session pieces = open(dir, text, std::string("name: onednn, threads: ") + threads);
      Session exact = open(dir, text, "name: reference, dtype: float64");
      ASSERT_TRUE(uses_pieces(pieces));
      for (int k = 0; k < 3; ++k) {
        const double want = exact.run_steps(4);
        EXPECT_NEAR(pieces.run_steps(4), want, 1e-4 * (1 + std::fabs(want)));
      }
      expect_same_weights(pieces, exact, 1e-3);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    , GradientUpdate,
    ::testing::Values("{type: SGD, lr: 0.05}", "{type: SGD, lr: 0.05, weight_decay: 0.1}",
                      "{type: SGD, lr: 0.02, momentum: 0.9, nesterov: true}",
                      "{type: SGD, lr: 0.02, maximize: true}", "{type: Adam, lr: 0.001}",
                      "{type: AdamW, lr: 0.001, amsgrad: true}",
                      "{type: RMSprop, lr: 0.001, centered: true, momentum: 0.5}",
                      "{type: Adagrad, lr: 0.01}"),
    [](const auto& i) {
      std::string name;
      for (char c : std::string(i.param)) {
        if (std::isalnum(c)) name += c;
      }
      return name;
    });

TEST(OneGradientUpdate, ThatOverflowsLeavesTheWeightsOfTheStepBefore) {
  const TempDir dir;
  const std::string text = model_file(23, "{type: SGD, lr: 1.0e+9}", kLinear);
  const auto run = [&](const char* fuse) {
    Session s = open(dir, text, std::string("name: onednn, threads: 1, fuse: ") + fuse);
    EXPECT_EQ(uses_pieces(s), std::string(fuse) == "true");
    test::expect_error(Code::numeric, "NaN or Inf in epoch", [&] { s.run_steps(100); });
    return s;
  };
  const Session pieces = run("true"), plain = run("false");
  for (const auto& [name, t] : pieces.state_dict()) {
    for (double v : values(t)) ASSERT_TRUE(std::isfinite(v)) << name;
  }
  expect_same_weights(pieces, plain, 1e-3);
}

TEST(OneGradientUpdate, OfLargeButFiniteGradientsIsMade) {
  const TempDir dir;
  const std::string text = model_file(23, "{type: SGD, lr: 1.0e-37}", kLinear, 4.5e20);
  Session pieces = open(dir, text, "name: onednn, threads: 1");
  Session plain = open(dir, text, "name: onednn, threads: 1, fuse: false");
  ASSERT_TRUE(uses_pieces(pieces));
  const auto before = values(plain.state_dict().at("2.weight"));
  EXPECT_NEAR(pieces.run_steps(1) / plain.run_steps(1), 1, 1e-5);
  expect_same_weights(pieces, plain, 1e-5);
  const auto after = values(plain.state_dict().at("2.weight"));
  double moved = 0;
  for (size_t i = 0; i < after.size(); ++i)
    moved = std::max(moved, std::fabs(after[i] - before[i]));
  EXPECT_GT(moved, 0.01);
}

}  // namespace
}  // namespace nnrun
