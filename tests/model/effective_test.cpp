#include "core/model/effective.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/model/emit.h"
#include "tests/model/models.h"
#include "tests/support/files.h"

namespace nnrun::test {
namespace {

/// Printing what reading the print gives must give the print.
std::string expect_fixed_point(const Spec& spec) {
  const std::string once = to_yaml(spec);
  const std::string file = "elsewhere/config.yaml";
  EXPECT_EQ(to_yaml(read_spec(parse_model(once, file), file)), once);
  return once;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Effective, IsAFixedPointWithEveryDefaultFilledIn) {
  const std::string yaml = expect_fixed_point(spec_of(kSpiral));
  EXPECT_TRUE(has_line(yaml, "    nesterov: false")) << yaml;
  EXPECT_TRUE(has_line(yaml, "  shuffle: true")) << yaml;
  EXPECT_TRUE(has_line(yaml, "    - type: Linear")) << yaml;
  EXPECT_TRUE(has_line(yaml, "      bias: true")) << yaml;
  EXPECT_TRUE(has_line(yaml, "  features: [x, y, x*y]")) << yaml;
}

TEST(Effective, EveryTemplateIsAFixedPoint) {
  const std::string folder = NNRUN_SOURCE_DIR "/tools/nnrun/templates";
  int n = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml" || entry.path().stem() == "plugin-step") continue;
    SCOPED_TRACE(entry.path());
    const std::string file = entry.path().string();
    expect_fixed_point(read_spec(parse_model(bytes_of(file), file), file));
    ++n;
  }
  EXPECT_GE(n, 5);
}

TEST(Effective, KeepsEveryPartOfAModel) {
  const std::string yaml = expect_fixed_point(
      spec_of("nnrun: 1\n"
              "name: \"3\"\n"
              "backend: {name: [cuda, onednn], dtype: bfloat16, math: fast, fallback: error, "
              "deterministic: true}\n"
              "lint: {off: [linear-linear]}\n"
              "data:\n"
              "  source:\n"
              "    type: inline\n"
              "    columns: [\"a: b\", \"true\"]\n"
              "    rows: [[1, no], [-1.5e3, \"a\\nb\"]]\n"
              "  features: [0]\n"
              "model:\n"
              "  input_shape: [1, 2, 3]\n"
              "  layers:\n"
              "    - {type: Conv2d, name: c, out_channels: 2, kernel_size: [1, 2], inputs: input}\n"
              "    - {type: Conv2d, out_channels: 2, kernel_size: 2, padding: same}\n"
              "    - {type: BatchNorm2d, momentum: null}\n"
              "    - {type: Formula, expr: \"x > 0 ? x : a * x\", a: 1e-5}\n"
              "    - {type: Residual, layers: [Tanh], shortcut: [ReLU]}\n"
              "training:\n"
              "  loss: MSELoss(reduction=sum)\n"
              "  optimizer: {type: Adam, lr: 1e-05, betas: [0.8, 0.99]}\n"
              "  scheduler: {type: MultiStepLR, milestones: [3, 7]}\n"
              "  checkpoint: {every: 3}\n"
              "  clip_grad_norm: 0.5\n"
              "output: {metrics: csv, metrics_every: 7}\n"));
  EXPECT_TRUE(has_line(yaml, "name: \"3\""));
  EXPECT_TRUE(has_line(yaml, "      - [-1.5e3, \"a\\x0ab\"]")) << yaml;
  EXPECT_TRUE(has_line(yaml, "      padding: same")) << yaml;
  EXPECT_TRUE(has_line(yaml, "      momentum: null")) << yaml;
  EXPECT_TRUE(has_line(yaml, "    lr: 1e-05"));
  EXPECT_TRUE(has_line(yaml, "    betas: [0.8, 0.99]"));
}

TEST(Effective, PathsHoldFromAnyFolder) {
  Spec s =
      read_spec(parse_model(with_data("  source: {type: npy, features: x.npy, target: /t/y.npy}\n"),
                            "dir/m.yaml"),
                "dir/m.yaml");
  s.plugin_path = {"dir/plugins"};
  s.plugins = {{"./own.so", "", "dir", {}, {}}, {"step", "", "dir", {}, {}}};
  const std::string yaml = expect_fixed_point(s);
  const std::string here = std::filesystem::current_path().string();
  EXPECT_TRUE(has_line(yaml, "    features: " + here + "/dir/x.npy")) << yaml;
  EXPECT_TRUE(has_line(yaml, "    target: /t/y.npy"));
  EXPECT_TRUE(has_line(yaml, "  path: [" + here + "/dir/plugins]"));
  EXPECT_TRUE(has_line(yaml, "    - file: " + here + "/dir/./own.so")) << yaml;
  EXPECT_TRUE(has_line(yaml, "    - file: step"));
}

TEST(Effective, NamesTheOriginOfEachValue) {
  const std::string yaml = to_yaml_with_origins(
      spec_with(kSpiral, {"seed=7", "training.optimizer.lr=0.2", "model.layers.2.bias=false"}));
  EXPECT_TRUE(has_line(yaml, "seed: 7  # command line")) << yaml;
  EXPECT_TRUE(has_line(yaml, "    lr: 0.2  # command line"));
  EXPECT_TRUE(has_line(yaml, "    momentum: 0.9  # m.yaml:21"));
  EXPECT_TRUE(has_line(yaml, "    nesterov: false  # default"));
  EXPECT_TRUE(has_line(yaml, "  name: [reference]  # m.yaml:4"));
  EXPECT_TRUE(has_line(yaml, "  device: auto  # default"));
  EXPECT_TRUE(has_line(yaml, "      out_features: 2  # m.yaml:16"));
  EXPECT_TRUE(has_line(yaml, "      bias: false  # command line"));
  EXPECT_TRUE(has_line(yaml, "  input_shape: [3]  # m.yaml:12"));
}

TEST(Emit, QuotesWhatWouldReadAsSomethingElse) {
  for (const char* text : {"3",  "1e5",  "true", "no",  "null",   "~",          "",  " a",
                           "a ", "a: b", "- a",  "#",   "[x]",    "a, b",       "'", "\"\\\n\x1b",
                           "%a", "*a",   "é",    "x*y", "sin(x)", "/a b/c.csv", "ab"}) {
    Tree t = Tree::mapping();
    t.add("k", text_scalar(text));
    const Tree back = parse_yaml(emit_yaml(t), {"x", 1, 1, 2});
    EXPECT_EQ(back.find("k")->text, text) << emit_yaml(t);
  }
  EXPECT_TRUE(text_scalar("3").quoted);
  EXPECT_FALSE(text_scalar("hidden").quoted);
}

}  // namespace
}  // namespace nnrun::test
