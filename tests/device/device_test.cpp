// Whole models on a backend whose memory is not the host's (backend.cpp): the same bits as on the
// reference backend, whose kernels it runs.
#include <nnrun/session.h>

#include <atomic>
#include <cmath>
#include <sstream>

#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace nnrun::test {
namespace {

const std::vector<std::string> kPath = {NNRUN_BINARY_DIR "/tests/device", NNRUN_MODULE_DIR};

struct Model {
  const char* name;
  std::string text;
};
void PrintTo(const Model& m, std::ostream* out) { *out << m.name; }

Model xor_model() {
  return {"Xor",
          "nnrun: 1\nname: m\nseed: 1\ndata:\n  source: {type: generator, name: xor}\n"
          "model:\n  input_shape: [2]\n  layers:\n    - Linear(2, 4)\n    - Sigmoid\n"
          "    - Linear(4, 1)\n    - Sigmoid\n"
          "training:\n  epochs: 6\n  batch_size: 4\n  shuffle: false\n  loss: MSELoss\n"
          "  optimizer: {type: SGD, lr: 0.5}\n"};
}

/// With all that has a state of its own, and a short last batch.
Model mlp() {
  return {"Mlp",
          "nnrun: 1\nname: m\nseed: 3\ndata:\n"
          "  source: {type: generator, name: spiral, n: 30, noise: 0.1}\n"
          "  split: {train: 0.75, val: 0.25, stratify: true}\n"
          "model:\n  input_shape: [2]\n  layers:\n    - Linear(2, 6)\n    - BatchNorm1d\n"
          "    - Tanh\n    - {type: Dropout, p: 0.2}\n    - Linear(6, 2)\n"
          "training:\n  epochs: 5\n  batch_size: 4\n  loss: CrossEntropyLoss\n"
          "  optimizer: {type: Adam, lr: 0.01}\n"
          "  scheduler: {type: StepLR, step_size: 2, gamma: 0.5}\n  metrics: [accuracy]\n"
          "  early_stopping: {monitor: val_loss, patience: 100}\n"
          "  checkpoint: {every_steps: 2, keep_last: 100}\n"};
}

Model cnn() {
  std::string rows, columns;
  for (int i = 0; i < 11; ++i) {
    rows += i ? ", [" : "[";
    for (int k = 0; k < 64; ++k) rows += std::to_string(std::sin(i * 1.3 + k * 0.7)) + ", ";
    rows += std::to_string(i % 3) + "]";
  }
  for (int k = 0; k < 64; ++k) columns += "x" + std::to_string(k) + ", ";
  return {"Cnn", "nnrun: 1\nname: m\nseed: 5\ndata:\n  source: {type: inline, columns: [" +
                     columns + "t], rows: [" + rows + "]}\n  target: t\n" +
                     "model:\n  input_shape: [64]\n  layers:\n    - {type: Unflatten, dim: 1, "
                     "unflattened_size: [1, 8, 8]}\n"
                     "    - Conv2d(1, 3, 3, padding=1)\n    - BatchNorm2d\n    - ReLU\n"
                     "    - MaxPool2d(2)\n    - Flatten\n    - Linear(48, 3)\n"
                     "training:\n  epochs: 3\n  batch_size: 4\n  loss: CrossEntropyLoss\n"
                     "  optimizer: {type: SGD, lr: 0.05, momentum: 0.9}\n  clip_grad_norm: 1.0\n"};
}

Session open(const TempDir& dir, const Model& m, const std::string& backend) {
  return Session::load(dir.put("m.yaml", m.text),
                       {.overrides = {"backend=" + backend}, .plugin_path = kPath});
}

class OnADevice : public ::testing::TestWithParam<Model> {
 protected:
  Session open(const std::string& backend) const { return test::open(dir_, GetParam(), backend); }
  /// Trains; the losses of the steps.
  std::vector<double> train(const std::string& backend, const std::string& run) const {
    std::vector<double> losses;
    open(backend).train({.out_dir = dir_.file(run),
                         .on_step = [&](int64_t, double loss) { losses.push_back(loss); }});
    return losses;
  }
  void expect_same_files(const std::string& a, const std::string& b) const {
    for (const char* file : {"/metrics.csv", "/last.safetensors", "/model.safetensors"}) {
      EXPECT_FALSE(bytes_of(dir_.file(a + file)).empty());
      EXPECT_TRUE(bytes_of(dir_.file(a + file)) == bytes_of(dir_.file(b + file))) << file;
    }
  }
  TempDir dir_;
};

TEST_P(OnADevice, AModelTrainsToTheBitsOfTheReference) {
  const std::vector<double> want = train("reference", "want"), got = train("sealed", "got");
  ASSERT_FALSE(want.empty());
  EXPECT_EQ(got, want);
  expect_same_files("got", "want");
}

TEST_P(OnADevice, OpsThatItLacksRunOnTheNextBackendOfTheListWithTheSameBits) {
  EXPECT_EQ(train("[sealed_few, reference]", "got"), train("reference", "want"));
  expect_same_files("got", "want");
}

TEST_P(OnADevice, AModelEvaluatesAndPredictsAsOnTheReference) {
  train("reference", "run");
  const auto run = [&](const std::string& backend) {
    std::ostringstream out;
    Session s = Session::load(dir_.file("run"),
                              {.overrides = {"backend=" + backend}, .plugin_path = kPath});
    for (const auto& [name, score] : s.evaluate({.split = "train"}).scores)
      out << name << " " << std::hexfloat << score << "\n";
    s.predict({}, out);
    return out.str();
  };
  const std::string want = run("reference");
  EXPECT_EQ(run("sealed"), want);
  EXPECT_EQ(run("[sealed_few, reference]"), want);
}

TEST_P(OnADevice, StepsAndPredictionsInMemoryTakeTurns) {
  Session want = open("reference"), got = open("sealed");
  const auto rows = [&](Session& s) {
    const Tensor w = s.state_dict().begin()->second;
    const int64_t width = GetParam().name == std::string("Cnn") ? 64 : 2;
    return values(s.predict(arange(3 * width, kFloat).view({3, width}) / 10));
  };
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(got.run_steps(3), want.run_steps(3));
    EXPECT_EQ(rows(got), rows(want));
    EXPECT_EQ(rows(got), rows(want));
  }
}

INSTANTIATE_TEST_SUITE_P(, OnADevice, ::testing::Values(xor_model(), mlp(), cnn()),
                         [](const auto& i) { return std::string(i.param.name); });

TEST(ADevice, ResumesFromACheckpointInsideAnEpochToTheBytesOfAWholeRun) {
  TempDir dir;
  const Model m = mlp();
  test::open(dir, m, "sealed").train({.out_dir = dir.file("whole")});
  for (const char* backend : {"sealed", "[sealed_few, reference]"}) {
    const std::string run = dir.file(std::string("run") + backend);
    std::atomic<int> stop = 0;
    TrainOptions options{.out_dir = run, .stop = &stop};
    options.on_step = [&](int64_t step, double) { stop = step == 8 ? 15 : 0; };
    ASSERT_EQ(test::open(dir, m, backend).train(options).interrupted, 15);
    test::open(dir, m, backend).train({.resume = run});
    for (const char* file : {"/last.safetensors", "/model.safetensors"})
      EXPECT_TRUE(bytes_of(run + file) == bytes_of(dir.file("whole") + file)) << backend << file;
  }
}

TEST(ADevice, NamesTheOpWhereItLacksOneAndHasNoOtherBackend) {
  const TempDir dir;
  expect_error(Code::backend, "no backend in the list runs op",
               [&] { test::open(dir, xor_model(), "sealed_few").run_steps(1); });
}

TEST(ADevice, KeepsTheWeightsBeforeAStepThatIsNotFinite) {
  const TempDir dir;
  Model m = cnn();
  m.text.replace(m.text.find("lr: 0.05"), 8, "lr: 1e38");
  expect_error(Code::numeric, "NaN or Inf in epoch 2, step 2: first in '2'",
               [&] { test::open(dir, m, "sealed").train({.out_dir = dir.file("run")}); });
  expect_error(Code::numeric, "NaN or Inf in epoch 2, step 2: first in '2'",
               [&] { test::open(dir, m, "reference").train({.out_dir = dir.file("want")}); });
  EXPECT_TRUE(bytes_of(dir.file("run/last.safetensors")) ==
              bytes_of(dir.file("want/last.safetensors")));
}

TEST(ADevice, HasItsOpsExplainedWithTheTransfersBetween) {
  const TempDir dir;
  const Explanation e = test::open(dir, xor_model(), "[sealed_few, reference]").explain({});
  int transfers = 0, there = 0, here = 0;
  for (const ExplainedNode& n : e.nodes) {
    transfers += n.slow == "transfer";
    there += n.backend == "sealed_few";
    here += n.backend == "reference";
  }
  EXPECT_GT(transfers, 0);
  EXPECT_GT(there, 0);
  EXPECT_GT(here, 0);
}

}  // namespace
}  // namespace nnrun::test
