// A signal that arrives while a run validates or scores is answered at the next batch, and nothing
// is lost.
#include <atomic>
#include <csignal>

#include <nnrun/session.h>

#include "tests/support/files.h"

namespace nnrun {
namespace {

constexpr char kModel[] = R"~(nnrun: 1
name: r
data:
  source: {type: generator, name: spiral, n: 40, noise: 0.1}
  split: {train: 0.5, val: 0.5}
model:
  type: Sequential
  input_shape: [2]
  layers: ["Linear(2, 4)", Tanh, "Linear(4, 2)"]
training:
  epochs: 4
  batch_size: 10
  loss: CrossEntropyLoss
  optimizer: {type: Adam, lr: 0.01}
  metrics: [accuracy]
)~";
constexpr int kStepsPerEpoch = 2;

/// Raises the flag after that step, trains, and takes the run up again.
void interrupt_after(int64_t step, int64_t epochs_before) {
  SCOPED_TRACE(step);
  const test::TempDir dir;
  const std::string model = dir.put("m.yaml", kModel);
  Session::load(model).train({.out_dir = dir.file("whole")});

  std::atomic<int> stop = 0;
  int64_t epochs = 0;
  TrainOptions options{.out_dir = dir.file("run"), .stop = &stop};
  options.on_step = [&](int64_t k, double) { stop = k == step ? SIGINT : 0; };
  options.on_epoch = [&](const EpochReport&) { ++epochs; };
  const TrainResult r = Session::load(model).train(options);
  EXPECT_EQ(r.interrupted, SIGINT);
  EXPECT_FALSE(r.complete);
  EXPECT_EQ(epochs, epochs_before);

  Session::load(dir.file("run")).train({.resume = dir.file("run")});
  for (const char* file : {"metrics.csv", "model.safetensors"}) {
    EXPECT_EQ(test::bytes_of(dir.file(std::string("run/") + file)),
              test::bytes_of(dir.file(std::string("whole/") + file)))
        << file;
  }
}

TEST(Interrupt, WhileValidatingLosesNothing) {
  for (int64_t epoch = 1; epoch <= 4; ++epoch) interrupt_after(epoch * kStepsPerEpoch, epoch - 1);
}

TEST(Interrupt, WhileScoringLeavesACompleteRun) {
  const test::TempDir dir;
  const std::string model = dir.put("m.yaml", kModel);
  std::atomic<int> stop = 0;
  TrainOptions options{.out_dir = dir.file("run"), .stop = &stop};
  options.on_epoch = [&](const EpochReport& e) { stop = e.epoch == 4 ? SIGTERM : 0; };
  const TrainResult r = Session::load(model).train(options);
  EXPECT_EQ(r.interrupted, SIGTERM);
  EXPECT_TRUE(r.complete);
  EXPECT_TRUE(r.train.empty());
  EXPECT_NE(test::bytes_of(dir.file("run/model.safetensors")), "");
}

TEST(Interrupt, ByTheClockBeforeTheFirstStepScoresNothingAndSaysSo) {
  const test::TempDir dir;
  std::vector<std::string> notes;
  TrainOptions options{.out_dir = dir.file("run"), .max_seconds = 1e-9};
  options.on_note = [&](const std::string& text) { notes.push_back(text); };
  const TrainResult r = Session::load(dir.put("m.yaml", kModel)).train(options);
  EXPECT_EQ(r.steps, 0);
  EXPECT_EQ(r.epochs, 0);
  EXPECT_TRUE(r.train.empty());
  EXPECT_TRUE(r.val.empty());
  EXPECT_EQ(notes, std::vector<std::string>{"the time is up after 0 of 8 steps"});
  EXPECT_NE(test::bytes_of(dir.file("run/model.safetensors")), "");
}

}  // namespace
}  // namespace nnrun
