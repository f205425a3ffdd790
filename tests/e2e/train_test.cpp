// The command from a new file to a prediction, as a first-time user goes.
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

using Json = nlohmann::json;
using Words = std::vector<std::string>;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

class Train : public ::testing::Test {
 protected:
  CommandResult run(const Words& args, const CommandOptions& options = {}) {
    return run_command(dir_.path(), args, options);
  }
  CommandResult ok(const Words& args, const CommandOptions& options = {}) {
    CommandResult r = run(args, options);
    EXPECT_EQ(r.exit, 0) << r.err;
    return r;
  }
  void make(const std::string& name) { ok({"new", name, "-o", "."}); }
  std::string bytes(const std::string& file) { return bytes_of(dir_.file(file)); }
  /// Trains with --json and gives what it says.
  Json trained(Words args) {
    args.push_back("--json");
    return Json::parse(ok(args).out, nullptr, false);
  }
  TempDir dir_;
};

struct Starter {
  const char* name;
  const char* metric;
  double least;
};
class Template : public Train, public ::testing::WithParamInterface<Starter> {};

TEST_P(Template, TrainsToItsAccuracy) {
  const Starter& s = GetParam();
  make(s.name);
  const Json j = trained({"train", std::string(s.name) + ".yaml"});
  ASSERT_TRUE(j.is_object());
  const Json& scores = !j["test"].empty() ? j["test"] : !j["val"].empty() ? j["val"] : j["train"];
  EXPECT_GE(scores[s.metric].get<double>(), s.least) << j;
}
INSTANTIATE_TEST_SUITE_P(All, Template,
                         ::testing::Values(Starter{"perceptron", "accuracy", 1},
                                           Starter{"xor", "accuracy", 1},
                                           Starter{"spiral", "accuracy", 0.97},
                                           Starter{"mlp-csv", "r2", 0.98},
                                           Starter{"plugin-step", "accuracy", 1}),
                         [](const auto& i) {
                           std::string n = i.param.name;
                           std::replace(n.begin(), n.end(), '-', '_');
                           return n;
                         });

TEST_F(Train, XorIsLearntWithEverySeed) {
  make("xor");
  for (int seed = 0; seed < 20; ++seed) {
    const CommandResult r = ok({"train", "xor.yaml", "-q", "--seed", std::to_string(seed)});
    EXPECT_TRUE(contains(r.out, "accuracy 1.000")) << "seed " << seed << ": " << r.out;
  }
}

TEST_F(Train, ResultGoesToStandardOutputAndTalkToStandardError) {
  make("xor");
  const CommandResult r = ok({"train", "xor.yaml", "training.epochs=20"});
  EXPECT_EQ(lines_of(r.out).size(), 1u) << r.out;
  EXPECT_EQ(r.out.rfind("runs/xor-001  loss ", 0), 0u) << r.out;
  EXPECT_TRUE(contains(r.out, "epochs 20\n"));
  int epochs = 0;
  for (const std::string& line : lines_of(r.err)) epochs += line.rfind("epoch ", 0) == 0;
  EXPECT_EQ(epochs, 20);
  EXPECT_EQ((r.out + r.err).find_first_of("\x1b\r"), std::string::npos);
  EXPECT_TRUE(contains(r.err, "next: nnrun eval runs/xor-001"));
}

TEST_F(Train, OverridesAreInTheConfigWhichRerunsToTheSameBytes) {
  make("xor");
  ok({"train", "training.optimizer.lr=1e-2", "xor.yaml", "model.layers.hidden.out_features=6",
      "training.epochs=50"});
  const std::string config = bytes("runs/xor-001/config.yaml");
  EXPECT_TRUE(contains(config, "lr: 0.01")) << config;
  EXPECT_TRUE(contains(config, "out_features: 6")) << config;
  ok({"train", "runs/xor-001/config.yaml"});
  EXPECT_EQ(bytes("runs/xor-002/metrics.csv"), bytes("runs/xor-001/metrics.csv"));
  EXPECT_EQ(lines_of(bytes("runs/xor-001/metrics.csv")).size(), 51u);
}

TEST_F(Train, SameSeedGivesTheSameBytesAndAnotherOthers) {
  make("spiral");
  const auto train = [&](const char* out, const char* seed) {
    ok({"train", "spiral.yaml", "-q", "-o", out, "--seed", seed, "training.epochs=5"});
    return bytes(std::string(out) + "/model.safetensors");
  };
  const std::string a = train("a", "1");
  EXPECT_TRUE(a == train("b", "1"));
  EXPECT_FALSE(a == train("c", "2"));
}

TEST_F(Train, JsonHasTheDocumentedKeys) {
  make("spiral");
  const Json j = trained({"train", "spiral.yaml", "training.epochs=3"});
  for (const char* key :
       {"ok", "run", "epochs", "steps", "seconds", "best_epoch", "train", "val", "test"}) {
    EXPECT_TRUE(j.contains(key)) << key;
  }
  EXPECT_EQ(j["run"], "runs/spiral-001");
  EXPECT_EQ(j["steps"], 75);
  EXPECT_GT(j["val"]["accuracy"].get<double>(), 0);
  EXPECT_TRUE(j["test"].empty());
}

TEST_F(Train, PerceptronCannotLearnXorAndTheLintSaysWhy) {
  make("perceptron");
  dir_.put("p.yaml",
           replaced(bytes("perceptron.yaml"), "[[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 1]]",
                    "[[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]"));
  const CommandResult lint = ok({"check", "p.yaml"});
  EXPECT_TRUE(contains(lint.err, "warning: ")) << lint.err;
  EXPECT_LE(trained({"train", "p.yaml"})["train"]["accuracy"].get<double>(), 0.75);
}

TEST_F(Train, NanStopsBeforeTheWeightsAndNamesThePlace) {
  make("mlp-csv");
  const CommandResult r = run({"train", "mlp-csv.yaml", "training.optimizer={type: SGD, lr: 1e30}",
                               "training.scheduler=null"});
  EXPECT_EQ(r.exit, 6) << r.err;
  EXPECT_EQ(r.out, "");
  EXPECT_TRUE(contains(r.err, "NaN or Inf in epoch 1, step ")) << r.err;
  EXPECT_TRUE(contains(r.err, "first in '")) << r.err;
  const std::string weights = bytes("runs/mlp-csv-001/last.safetensors");
  ASSERT_GT(weights.size(), 8u);
  uint64_t header = 0;
  std::memcpy(&header, weights.data(), 8);
  for (size_t at = 8 + header; at + 4 <= weights.size(); at += 4) {
    float v;
    std::memcpy(&v, weights.data() + at, 4);
    ASSERT_TRUE(std::isfinite(v));
  }
}

TEST_F(Train, EarlyStoppingKeepsTheBestWeights) {
  make("spiral");
  const Json j = trained({"train", "spiral.yaml", "-o", "run", "training.optimizer.lr=0.1",
                          "training.early_stopping.patience=5"});
  const int64_t best = j["best_epoch"], epochs = j["epochs"];
  EXPECT_EQ(epochs, best + 5);
  // The kept weights score what the metrics say of that epoch.
  const Json e = Json::parse(ok({"eval", "run", "--split", "val", "--json"}).out);
  const std::string row = lines_of(bytes("run/metrics.csv"))[size_t(best)];
  const std::string val_loss = row.substr(row.find(',', row.find(',') + 1) + 1);
  EXPECT_NEAR(e["loss"].get<double>(), std::stod(val_loss), 1e-6) << row;
}

TEST_F(Train, QuickStopsAfterThatManySteps) {
  make("spiral");
  EXPECT_EQ(trained({"train", "spiral.yaml", "--quick=7"})["steps"], 7);
}

TEST_F(Train, OverwriteReplacesARunAndNothingElse) {
  make("xor");
  ok({"train", "xor.yaml", "-q", "-o", "run", "training.epochs=5"});
  dir_.put("run/notes.txt", "mine");
  ok({"train", "xor.yaml", "-q", "-o", "run", "--overwrite", "training.epochs=3"});
  EXPECT_EQ(bytes("run/notes.txt"), "mine");
  EXPECT_EQ(lines_of(bytes("run/metrics.csv")).size(), 4u);
}

TEST_F(Train, EvalTellsTheScoresAndFailUnderTheExitCode) {
  make("xor");
  ok({"train", "xor.yaml", "-q", "-o", "run"});
  const CommandResult r = ok({"eval", "run"});
  EXPECT_TRUE(contains(r.out, "train  rows 4  loss ")) << r.out;
  const Json j = Json::parse(ok({"eval", "run", "--json"}).out);
  for (const char* key : {"ok", "split", "rows", "loss", "accuracy"})
    EXPECT_TRUE(j.contains(key)) << key;
  EXPECT_TRUE(contains(ok({"eval", "run", "--confusion"}).out, "truth \\ predicted"));
  EXPECT_EQ(run({"eval", "run", "--fail-under", "accuracy=0.9"}).exit, 0);
  const CommandResult failed = run({"eval", "run", "--fail-under", "accuracy=1.1"});
  EXPECT_EQ(failed.exit, 7);
  EXPECT_TRUE(contains(failed.out, "accuracy 1.000"));
  EXPECT_TRUE(contains(failed.err, "is under 1.1")) << failed.err;
}

TEST_F(Train, PredictWritesEveryFormat) {
  make("xor");
  ok({"train", "xor.yaml", "-q", "-o", "run"});
  dir_.put("new.csv", "x1,x2\n0,1\n1,1\n");
  EXPECT_EQ(ok({"predict", "run", "new.csv"}).out, "class\n1\n0\n");
  CommandOptions piped;
  piped.input = "x1,x2\n1,0\n";
  EXPECT_EQ(ok({"predict", "run", "-"}, piped).out, "class\n1\n");
  const auto proba = lines_of(ok({"predict", "run", "new.csv", "--proba", "--with-input"}).out);
  ASSERT_EQ(proba.size(), 3u);
  EXPECT_EQ(proba[0], "x1,x2,class,p_0,p_1");
  EXPECT_EQ(proba[1].rfind("0,1,1,", 0), 0u) << proba[1];
  for (const std::string& line :
       lines_of(ok({"predict", "run", "new.csv", "--format", "jsonl"}).out)) {
    EXPECT_TRUE(Json::parse(line).contains("class")) << line;
  }
  const CommandResult npy = ok({"predict", "run", "new.csv", "--format", "npy"});
  EXPECT_EQ(npy.out.rfind("\x93NUMPY", 0), 0u);
  EXPECT_TRUE(contains(npy.out, "(2, 1)"));
}

TEST_F(Train, PredictionsOfValuesAreNamedAfterTheTarget) {
  make("mlp-csv");
  ok({"train", "mlp-csv.yaml", "-q", "-o", "run", "training.epochs=2"});
  const auto lines = lines_of(ok({"predict", "run", "points.csv"}).out);
  EXPECT_EQ(lines[0], "z");
  EXPECT_EQ(lines.size(), lines_of(bytes("points.csv")).size());
}

TEST_F(Train, FilesOfTheModelAreRelativeToIt) {
  ok({"new", "mlp-csv", "-o", "deep"});
  ok({"train", "deep/mlp-csv.yaml", "-q", "-o", "run", "training.epochs=2"});
  ok({"train", "run/config.yaml", "-q", "-o", "again"});
  EXPECT_EQ(bytes("run/metrics.csv"), bytes("again/metrics.csv"));
}

TEST_F(Train, ABackendPassedOverIsSaid) {
  make("xor");
  const CommandResult r =
      ok({"train", "xor.yaml", "backend=[nosuch, reference]", "training.epochs=2"});
  EXPECT_TRUE(contains(r.err, "nosuch is passed over")) << r.err;
  const CommandResult closed =
      ok({"train", "xor.yaml", "backend=[no_driver, reference]", "training.epochs=2",
          "--plugin-path", NNRUN_BINARY_DIR "/tests/plugins/backends"});
  EXPECT_TRUE(contains(closed.err, "no_driver is passed over")) << closed.err;
  EXPECT_TRUE(contains(closed.err, "/dev/accelerator0 is missing")) << closed.err;
}

class Dtype : public Train, public ::testing::WithParamInterface<const char*> {};

TEST_P(Dtype, EveryStarterTrainsInIt) {
  const std::string dtype = GetParam();
  for (const std::string name : {"perceptron", "xor", "spiral", "mlp-csv", "plugin-step"}) {
    SCOPED_TRACE(name);
    make(name);
    ok({"check", name + ".yaml", "--dtype", dtype});
    const Json j = trained({"train", name + ".yaml", "--dtype", dtype, "--quick=20"});
    EXPECT_GT(j["steps"].get<int>(), 0) << j;
    EXPECT_TRUE(std::isfinite(j["train"]["loss"].get<double>())) << j;
  }
}
INSTANTIATE_TEST_SUITE_P(, Dtype, ::testing::Values("bfloat16", "float64"),
                         [](const auto& i) { return std::string(i.param); });

TEST_F(Train, ABfloat16RunLearnsScoresAndPredicts) {
  make("spiral");
  const Json j = trained({"train", "spiral.yaml", "--dtype", "bfloat16", "-o", "run"});
  EXPECT_GE(j["val"]["accuracy"].get<double>(), 0.97) << j;
  const Json e = Json::parse(ok({"eval", "run", "--split", "val", "--json"}).out);
  EXPECT_EQ(e["accuracy"], j["val"]["accuracy"]);
  dir_.put("new.csv", "x,y\n0.1,0.2\n-1,1\n");
  const auto proba = lines_of(ok({"predict", "run", "new.csv", "--proba"}).out);
  EXPECT_EQ(proba.size(), 3u);
}

TEST_F(Train, ABfloat16RunKeepsFloat32WeightsWhichAFloat32ModelTakes) {
  make("xor");
  ok({"train", "xor.yaml", "--dtype", "bfloat16", "-q", "-o", "run"});
  const std::string header = bytes("run/model.safetensors").substr(8, 400);
  EXPECT_TRUE(contains(header, "\"F32\"")) << header;
  EXPECT_FALSE(contains(header, "BF16")) << header;
  const Json j = trained(
      {"train", "xor.yaml", "--weights", "run/last.safetensors", "-o", "on", "training.epochs=1"});
  EXPECT_EQ(j["train"]["accuracy"], 1.0) << j;
}

TEST_F(Train, ShowIsAsciiWithTheTotalsOfTheModel) {
  make("xor");
  CommandOptions narrow;
  narrow.env = {{"LC_ALL", "C"}, {"COLUMNS", "60"}};
  const CommandResult r = ok({"show", "xor.yaml"}, narrow);
  for (char c : r.out) ASSERT_TRUE((c >= ' ' && c < 127) || c == '\n');
  EXPECT_TRUE(contains(r.out, "hidden")) << r.out;
  EXPECT_TRUE(contains(lines_of(r.out).back(), "33")) << r.out;
  EXPECT_TRUE(
      contains(ok({"show", "xor.yaml", "--origin", "seed=7"}).out, "seed: 7  # command line"));
  EXPECT_TRUE(contains(ok({"show", "xor.yaml", "--graph"}).out, "= linear("));
  EXPECT_EQ(Json::parse(ok({"show", "xor.yaml", "--json"}).out)["parameters"], 33);
}

TEST_F(Train, PluginsAndDevicesAreListed) {
  const Json plugins = Json::parse(ok({"plugins", "list", "--json"}).out);
  bool step = false;
  for (const Json& p : plugins)
    step = step ||
           (p["name"] == "step" && p["ok"] == true && p["sha256"].get<std::string>().size() == 64);
  EXPECT_TRUE(step) << plugins;
  bool reference = false;
  for (const Json& d : Json::parse(ok({"devices", "--json"}).out))
    reference = reference || (d["backend"] == "reference" && d["ok"] == true);
  EXPECT_TRUE(reference);
  dir_.put("nnrun-broken.so", "not a library");
  const CommandResult r = ok({"plugins", "list", "--plugin-path", "."});
  EXPECT_TRUE(contains(r.out, "not usable")) << r.out;
}

TEST_F(Train, HelpIsShortCompleteAndNoError) {
  const CommandResult r = ok({});
  EXPECT_LE(lines_of(r.out).size(), 24u);
  EXPECT_TRUE(contains(r.out, "nnrun new xor > xor.yaml && nnrun train xor.yaml"));
  EXPECT_TRUE(contains(ok({"--help"}).out, "130, 143"));
  EXPECT_TRUE(contains(ok({"train", "--help"}).out, "--resume"));
  EXPECT_TRUE(contains(ok({"help", "predict"}).out, "--proba"));
  EXPECT_EQ(ok({"--version"}).out.rfind("nnrun ", 0), 0u);
}

}  // namespace
}  // namespace nnrun::test
