#include "core/model/lint.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/model/models.h"

namespace nnrun::test {
namespace {

std::vector<std::string> names(const Spec& spec) {
  std::vector<std::string> r;
  for (const Warning& w : lint(spec)) r.push_back(w.name);
  return r;
}
using Names = std::vector<std::string>;

std::string model(const std::string& layers, const std::string& loss,
                  const std::string& data = "") {
  return "nnrun: 1\nmodel:\n  input_shape: [2]\n  layers: [" + layers +
         "]\ntraining:\n  batch_size: 1\n  loss: " + loss + "\n  optimizer: SGD(lr=0.1)\n" + data;
}

/// The truth table of two inputs with these targets.
std::string table(const std::vector<std::string>& targets) {
  const std::vector<std::string> inputs = {"0, 0", "0, 1", "1, 0", "1, 1"};
  std::string r =
      "data:\n  features: [a, b]\n  target: t\n  source:\n    type: inline\n    columns: [a, b, "
      "t]\n    rows:\n";
  for (size_t i = 0; i < 4; ++i) r += "      - [" + inputs[i] + ", " + targets[i] + "]\n";
  return r;
}

TEST(Lint, ASoundModelHasNoWarnings) { EXPECT_EQ(names(spec_of(kSpiral)), Names{}); }

TEST(Lint, SoftmaxBeforeCrossEntropy) {
  const auto w = lint(spec_of(model("'Linear(2, 2)', Softmax", "CrossEntropyLoss")));
  ASSERT_EQ(w.size(), 1u);
  EXPECT_EQ(w[0].name, "softmax-before-cross-entropy");
  EXPECT_EQ(w[0].where.line, 4);
  EXPECT_EQ(w[0].notes[0].where.line, 7);
  EXPECT_EQ(names(spec_of(model("'Linear(2, 2)', Softmax", "MSELoss"))), Names{});
}

TEST(Lint, SigmoidBeforeBceWithLogits) {
  EXPECT_EQ(names(spec_of(model("'Linear(2, 1)', Sigmoid", "BCEWithLogitsLoss"))),
            Names{"sigmoid-before-bce-with-logits"});
  EXPECT_EQ(names(spec_of(model("'Linear(2, 1)', Sigmoid", "BCELoss"))), Names{});
}

TEST(Lint, TwoLinearWithNothingBetween) {
  EXPECT_EQ(names(spec_of(model("'Linear(2, 4)', 'Linear(4, 1)'", "MSELoss"))),
            Names{"linear-linear"});
  EXPECT_EQ(names(spec_of(
                model("'Linear(2, 4)', {type: Sequential, layers: ['Linear(4, 1)']}", "MSELoss"))),
            Names{"linear-linear"});
  EXPECT_EQ(names(spec_of(model("'Linear(2, 4)', ReLU, 'Linear(4, 1)'", "MSELoss"))), Names{});
}

TEST(Lint, APerceptronOnXor) {
  const std::string one = "'Linear(2, 1)', Sigmoid",
                    two = "'Linear(2, 4)', Tanh, 'Linear(4, 1)', Sigmoid";
  const std::string generator = "data: {source: {type: generator, name: xor}}\n";
  EXPECT_EQ(names(spec_of(model(one, "BCELoss", table({"0", "1", "1", "0"})))),
            Names{"perceptron-xor"});
  EXPECT_EQ(names(spec_of(model(one, "BCELoss", table({"1", "0", "0", "1"})))),
            Names{"perceptron-xor"});
  EXPECT_EQ(names(spec_of(model(one, "BCELoss", generator))), Names{"perceptron-xor"});
  EXPECT_EQ(names(spec_of(model(one, "BCELoss", table({"0", "1", "1", "1"})))), Names{});
  EXPECT_EQ(names(spec_of(model(two, "BCELoss", table({"0", "1", "1", "0"})))), Names{});
}

TEST(Lint, OutputsThatCannotReachTheTargets) {
  const auto found = [](const std::string& last, const std::vector<std::string>& targets) {
    return names(
        spec_of(model("'Linear(2, 4)', ReLU, 'Linear(4, 1)', " + last, "MSELoss", table(targets))));
  };
  EXPECT_EQ(found("Tanh", {"0", "1", "1", "0"}), Names{"output-range"});
  EXPECT_EQ(found("Sigmoid", {"-1", "1", "1", "-1"}), Names{"output-range"});
  EXPECT_EQ(found("ReLU", {"-1", "1", "1", "2"}), Names{"output-range"});
  EXPECT_EQ(found("Tanh", {"-1", "1", "1", "-1"}), Names{});
  EXPECT_EQ(found("Sigmoid", {"0", "1", "1", "0"}), Names{});
}

TEST(Lint, BatchNormOfOneSample) {
  const Names expected = {"batch-norm-batch-1"};
  EXPECT_EQ(
      names(spec_of(model("'Linear(2, 4)', 'BatchNorm1d(4)', ReLU, 'Linear(4, 1)'", "MSELoss"))),
      expected);
}

TEST(Lint, APluginThatNoLayerUses) {
  const std::string plugins = "plugins: [{file: x, provides: [Swish]}]\n";
  EXPECT_EQ(names(spec_of(model("ReLU", "MSELoss", plugins))), Names{"unused-plugin"});
  EXPECT_EQ(names(spec_of(model("ReLU", "MSELoss", "plugins: [x]\n"))), Names{});
}

TEST(Lint, IsTurnedOffByName) {
  EXPECT_EQ(names(spec_of(model("'Linear(2, 4)', 'Linear(4, 1)'", "MSELoss",
                                "lint: {off: [linear-linear]}\n"))),
            Names{});
}

TEST(Lint, EveryNameIsListedOnce) {
  const Names all = lint_names();
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
}

}  // namespace
}  // namespace nnrun::test
