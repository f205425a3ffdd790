// kill -9 at any step of a run, then --resume: the bytes of an uninterrupted run.
#include <algorithm>
#include <string>

#include "tests/support/command.h"

namespace nnrun::test {
namespace {

constexpr int kSteps = 50;  // 10 epochs of 5 batches, the last one short

/// Everything that has a state of its own: Adam, a scheduler, Dropout's masks, BatchNorm's running
/// statistics, shuffling; and a batch count that puts most steps inside an epoch.
const char kModel[] = R"(nnrun: 1
name: r
seed: 3
data:
  source: {type: generator, name: spiral, n: 24, noise: 0.1}
  split: {train: 0.75, val: 0.25, stratify: true}
model:
  type: Sequential
  input_shape: [2]
  layers:
    - {type: Linear, out_features: 6}
    - BatchNorm1d
    - Tanh
    - {type: Dropout, p: 0.2}
    - {type: Linear, out_features: 2}
training:
  epochs: 10
  batch_size: 4
  loss: CrossEntropyLoss
  optimizer: {type: Adam, lr: 0.01}
  scheduler: {type: StepLR, step_size: 3, gamma: 0.5}
  metrics: [accuracy]
  early_stopping: {monitor: val_loss, patience: 100}
  checkpoint: {every_steps: 1, keep_last: 2}
)";

int latest_step(const std::string& run) {
  const std::string name = bytes_of(run + "/checkpoints/latest");
  return name.rfind("step-", 0) == 0 ? std::atoi(name.c_str() + 5) : -1;
}

void expect_same_result(const TempDir& dir, const std::string& whole, const std::string& run) {
  for (const char* file : {"metrics.csv", "last.safetensors", "model.safetensors"}) {
    const std::string expected = bytes_of(dir.file(whole + "/" + file));
    EXPECT_FALSE(expected.empty()) << file;
    EXPECT_EQ(bytes_of(dir.file(run + "/" + file)) == expected, true)
        << run << "/" << file << " differs";
  }
}

TEST(Resume, AfterKillAtEveryStepGivesTheBytesOfAnUninterruptedRun) {
  TempDir dir;
  dir.put("m.yaml", kModel);
  const CommandResult whole = run_command(dir.path(), {"train", "m.yaml", "-o", "whole", "--json"});
  ASSERT_EQ(whole.exit, 0) << whole.err;
  ASSERT_NE(whole.out.find("\"steps\":" + std::to_string(kSteps)), std::string::npos) << whole.out;

  int killed = 0;
  for (int k = 0; k < kSteps; ++k) {
    const std::string run = "run" + std::to_string(k);
    // The poll may be a step late; the exact positions are the next test.
    CommandOptions options;
    options.while_running = [&](pid_t pid) {
      if (latest_step(dir.file(run)) >= std::max(k, 1)) ::kill(pid, SIGKILL);
    };
    const CommandResult r = run_command(dir.path(), {"train", "m.yaml", "-q", "-o", run}, options);
    if (r.exit == 128 + SIGKILL) ++killed;
    const CommandResult again = run_command(dir.path(), {"train", "--resume", run, "-q"});
    ASSERT_EQ(again.exit, 0) << "after step " << k << ": " << again.err;
    expect_same_result(dir, "whole", run);
    std::filesystem::remove_all(dir.file(run));
  }
  EXPECT_GE(killed, kSteps / 2);
}

/// What a process killed after step k of `whole` leaves: the checkpoints up to it, metrics that
/// went on. The name of the last checkpoint.
std::string cut(const TempDir& dir, const std::string& run, int k) {
  std::filesystem::copy(dir.file("whole"), dir.file(run), std::filesystem::copy_options::recursive);
  for (const char* f : {"last.safetensors", "model.safetensors"})
    std::filesystem::remove(dir.file(run + "/" + f));
  char name[32];
  std::snprintf(name, sizeof name, "step-%08d", k);
  for (const auto& e : std::filesystem::directory_iterator(dir.file(run + "/checkpoints"))) {
    const std::string file = e.path().filename().string();
    if (file.rfind("step-", 0) == 0 && file > name) std::filesystem::remove_all(e.path());
  }
  dir.put(run + "/checkpoints/latest", std::string(name) + "\n");
  return name;
}

class ResumeStep : public ::testing::TestWithParam<const char*> {};

TEST_P(ResumeStep, AfterEveryExactStepGivesTheBytesOfAnUninterruptedRun) {
  TempDir dir;
  dir.put("m.yaml", kModel);
  ASSERT_EQ(run_command(dir.path(), {"train", "m.yaml", "-q", "-o", "whole", "--dtype", GetParam(),
                                     "training.checkpoint.keep_last=100"})
                .exit,
            0);
  for (int k = 1; k < kSteps; ++k) {
    const std::string run = "run" + std::to_string(k);
    const std::string name = cut(dir, run, k);
    const CommandResult r = run_command(dir.path(), {"train", "--resume", run});
    ASSERT_EQ(r.exit, 0) << r.err;
    EXPECT_NE(r.err.find(name), std::string::npos) << r.err;
    expect_same_result(dir, "whole", run);
    std::filesystem::remove_all(dir.file(run));
  }
}

INSTANTIATE_TEST_SUITE_P(, ResumeStep, ::testing::Values("float32", "bfloat16"),
                         [](const auto& i) { return std::string(i.param); });

/// Parameters, their gradients and Adam's moments are in layouts of the backend's while it trains.
const char kConvolutions[] = R"(nnrun: 1
name: c
seed: 3
data:
  source: {type: generator, name: spiral, n: 24, noise: 0.1}
  split: {train: 0.75, val: 0.25, stratify: true}
model:
  type: Sequential
  input_shape: [2]
  layers:
    - {type: Linear, out_features: 1024}
    - {type: Unflatten, dim: 1, unflattened_size: [16, 8, 8]}
    - {type: Conv2d, out_channels: 36, kernel_size: 3, padding: 1}
    - BatchNorm2d
    - ReLU
    - MaxPool2d(2)
    - {type: Conv2d, out_channels: 32, kernel_size: 3, padding: 1}
    - Flatten
    - {type: Linear, out_features: 2}
training:
  epochs: 3
  batch_size: 4
  loss: CrossEntropyLoss
  optimizer: {type: Adam, lr: 0.01}
  checkpoint: {every_steps: 1, keep_last: 100}
)";

TEST(Resume, OfConvolutionsInLayoutsOfTheirOwnGivesTheSameBytes) {
  TempDir dir;
  dir.put("m.yaml", kConvolutions);
  ASSERT_EQ(run_command(dir.path(), {"train", "m.yaml", "-q", "-o", "whole"}).exit, 0);
  ASSERT_NE(bytes_of(dir.file("whole/plan.json")).find("\"layouts\""), std::string::npos);
  for (int k : {1, 4, 5, 9, 14}) {  // the fifth of an epoch is short
    const std::string run = "run" + std::to_string(k);
    cut(dir, run, k);
    const CommandResult r = run_command(dir.path(), {"train", "--resume", run});
    ASSERT_EQ(r.exit, 0) << r.err;
    EXPECT_EQ(r.err.find("in this run it was"), std::string::npos) << r.err;
    expect_same_result(dir, "whole", run);
  }
}

class ResumePlan : public ::testing::Test {
 protected:
  void SetUp() override {
    dir_.put("m.yaml", kModel);
    const CommandResult r = run_command(
        dir_.path(), {"train", "m.yaml", "-q", "-o", "whole", "training.checkpoint.keep_last=100"});
    ASSERT_EQ(r.exit, 0) << r.err;
    cut(dir_, "run", 12);
  }
  std::string plan() const { return bytes_of(dir_.file("run/plan.json")); }
  /// On the lines with the mark.
  void replace_in_plan(const std::string& mark, const std::string& from, const std::string& to) {
    std::string text;
    bool found = false;
    for (std::string line : lines_of(plan())) {
      const size_t at = line.find(from);
      if (contains(line, mark) && at != std::string::npos) {
        line.replace(at, from.size(), to);
        found = true;
      }
      text += line + "\n";
    }
    EXPECT_TRUE(found) << text;
    dir_.put("run/plan.json", text);
  }
  /// What resuming says.
  std::string resumed(const std::string& threads = "1") const {
    CommandOptions options;
    options.env["NNRUN_THREADS"] = threads;
    const CommandResult r = run_command(dir_.path(), {"train", "--resume", "run"}, options);
    EXPECT_EQ(r.exit, 0) << r.err;
    return r.err;
  }
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  TempDir dir_;
};

TEST_F(ResumePlan, IsTheSameAgainWhereNothingChanged) {
  const std::string before = plan(), said = resumed();
  EXPECT_FALSE(contains(said, "in this run it was")) << said;
  EXPECT_FALSE(contains(said, "the last bits")) << said;
  EXPECT_EQ(plan(), before);
}

TEST_F(ResumePlan, GoesOnWithTheImplementationsOfTheRun) {
  replace_in_plan("\"op\":\"linear\"", "\"small\"", "\"thin\"");
  const std::string other = plan(), said = resumed();
  EXPECT_EQ(plan(), other) << said;
}

TEST_F(ResumePlan, SaysWhatIsNoLongerOffered) {
  replace_in_plan("\"op\":\"linear\"", "\"small\"", "\"former\"");
  const std::string said = resumed();
  EXPECT_TRUE(contains(said, "linear runs on onednn:small (in this run it was onednn:former)"))
      << said;
}

TEST_F(ResumePlan, SaysThatTheThreadCountIsAnother) {
  const std::string said = resumed("2");
  EXPECT_TRUE(contains(said, "the run was planned for 1 thread, now it is 2")) << said;
}

TEST_F(ResumePlan, SaysThatTheBackendIsAnother) {
  replace_in_plan("\"backends\"", "(x86-64-", "(another-");
  const std::string said = resumed();
  EXPECT_TRUE(contains(said, "the run used onednn on ")) << said;
}

TEST_F(ResumePlan, IsMadeAnewWhenItIsDamaged) {
  const std::string before = plan();
  dir_.put("run/plan.json", "{\"nodes\": 3");
  const std::string said = resumed();
  EXPECT_TRUE(contains(said, "plan.json: damaged")) << said;
  EXPECT_EQ(plan(), before);
}

TEST(Resume, OfAFinishedRunDoesNothing) {
  TempDir dir;
  dir.put("m.yaml", kModel);
  ASSERT_EQ(run_command(dir.path(), {"train", "m.yaml", "-q", "-o", "run"}).exit, 0);
  const auto before = files_below(dir.path());
  const CommandResult r = run_command(dir.path(), {"train", "--resume", "run"});
  EXPECT_EQ(r.exit, 0);
  EXPECT_NE(r.err.find("finished already"), std::string::npos) << r.err;
  EXPECT_EQ(files_below(dir.path()), before);
}

TEST(Resume, PassesOverADamagedCheckpointAndSaysSo) {
  TempDir dir;
  dir.put("m.yaml", kModel);
  ASSERT_EQ(run_command(dir.path(), {"train", "m.yaml", "-q", "-o", "whole"}).exit, 0);
  std::filesystem::copy(dir.file("whole"), dir.file("run"),
                        std::filesystem::copy_options::recursive);
  const std::string state = "run/checkpoints/step-00000050/state.safetensors";
  std::string bytes = bytes_of(dir.file(state));
  ASSERT_FALSE(bytes.empty());
  bytes.back() = char(bytes.back() ^ 1);
  dir.put(state, bytes);
  const CommandResult r = run_command(dir.path(), {"train", "--resume", "run"});
  EXPECT_EQ(r.exit, 0) << r.err;
  EXPECT_NE(r.err.find("passed over"), std::string::npos) << r.err;
  expect_same_result(dir, "whole", "run");
}

TEST(Resume, AfterAnInterruptGivesTheBytesOfAnUninterruptedRun) {
  TempDir dir;
  dir.put("m.yaml", kModel);
  const std::vector<std::string> longer{"training.epochs=2000", "~training.checkpoint.every_steps",
                                        "--set", "training.early_stopping=null"};
  const auto train = [&](const std::string& run, const CommandOptions& options) {
    std::vector<std::string> words{"train", "m.yaml", "-o", run};
    words.insert(words.end(), longer.begin(), longer.end());
    return run_command(dir.path(), words, options);
  };
  ASSERT_EQ(train("whole", {}).exit, 0);
  CommandOptions interrupt;
  bool sent = false;
  interrupt.while_running = [&](pid_t pid) {
    if (sent || lines_of(bytes_of(dir.file("run/metrics.csv"))).size() < 20) return;
    sent = true;
    ::kill(pid, SIGINT);
  };
  const CommandResult r = train("run", interrupt);
  EXPECT_EQ(r.exit, 130) << r.err;
  EXPECT_NE(r.err.find("nnrun train --resume run"), std::string::npos) << r.err;
  EXPECT_EQ(r.out, "");
  EXPECT_NE(bytes_of(dir.file("run/last.safetensors")), "");
  const CommandResult again = run_command(dir.path(), {"train", "--resume", "run"});
  ASSERT_EQ(again.exit, 0) << again.err;
  expect_same_result(dir, "whole", "run");
}

}  // namespace
}  // namespace nnrun::test
