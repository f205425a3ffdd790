// A training on the GPU: how few launches a step is, and that fusion changes no bit of it.
#include <nnrun/plugins.h>
#include <nnrun/session.h>
#include <nnrun/tensor.h>

#include "tests/support/files.h"
#include "tests/support/tensors.h"

namespace nnrun {
namespace {

using test::TempDir;
using test::values;

constexpr const char* kModel = R"(nnrun: 1
name: mlp
seed: 7
data:
  source: {type: inline, columns: [a, b, t], rows: [[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]]}
  features: [a, b]
  target: t
model:
  input_shape: [2]
  layers:
    - Linear(2, 16)
    - {type: Formula, expr: 'x * sigmoid(1.5 * x)'}
    - Dropout(0.1)
    - Linear(16, 8)
    - {type: Step, surrogate: sigmoid}
    - Linear(8, 1)
training:
  epochs: 3
  batch_size: 4
  loss: MSELoss
  optimizer: {type: AdamW, lr: 0.01}
)";

Session open(const TempDir& dir, const std::string& backend,
             const std::vector<std::string>& overrides = {}) {
  plugins::load("step");
  std::vector<std::string> all = overrides;
  all.push_back("backend={" + backend + "}");
  return Session::load(dir.put("m.yaml", kModel), {.overrides = all});
}

/// The lines of a plan in which some text is.
std::vector<std::string> lines_with(const std::string& plan, const std::string& text) {
  std::vector<std::string> r;
  std::istringstream lines(plan);
  for (std::string line; std::getline(lines, line);) {
    if (line.find(text) != std::string::npos) r.push_back(line);
  }
  return r;
}

TEST(CudaTraining, UpdatesAllParametersInOneLaunch) {
  const TempDir dir;
  EXPECT_EQ(lines_with(open(dir, "name: cuda, fuse: false").plan(), "= adam(").size(), 6u);
  const std::string plan = open(dir, "name: cuda").plan();
  EXPECT_EQ(lines_with(plan, "= adam(").size(), 0u) << plan;
  EXPECT_EQ(lines_with(plan, "cuda:maps:6-streams").size(), 1u) << plan;
}

TEST(CudaTraining, CastsWeightsInOneLaunchAndGradientsInThatOfTheirUse) {
  const TempDir dir;
  const std::vector<std::string> clipped = {"training.clip_grad_norm=1"};
  const std::string plan = open(dir, "name: cuda, dtype: bfloat16", clipped).plan();
  // The weights' casts; the gradients' with their squares; their scaling with the updates.
  EXPECT_EQ(lines_with(plan, "cuda:maps:6-streams").size(), 3u) << plan;
}

TEST(CudaTraining, RunsAUsersActivationWithWhatFollowsOnIt) {
  const TempDir dir;
  const std::string plan = open(dir, "name: cuda").plan();
  EXPECT_EQ(lines_with(plan, "dropout(").size(), 0u) << plan;
  EXPECT_EQ(lines_with(plan, "sigmoid(1.5").size(), 0u) << plan;
  // The activation with dropout, and the step: each, and its gradient.
  EXPECT_EQ(lines_with(plan, "[4, 16]  cuda:maps").size(), 2u) << plan;
  EXPECT_EQ(lines_with(plan, "[4, 8]  cuda:maps").size(), 2u) << plan;
}

TEST(CudaTraining, HasTheBitsOfTheOpsOneByOne) {
  for (const char* dtype : {"float32", "bfloat16"}) {
    const TempDir dir;
    const std::string how = std::string("name: cuda, dtype: ") + dtype;
    const std::vector<std::string> clipped = {"training.clip_grad_norm=0.1"};
    Session fused = open(dir, how, clipped), single = open(dir, how + ", fuse: false", clipped);
    EXPECT_EQ(fused.run_steps(5), single.run_steps(5)) << dtype;
    const auto got = fused.state_dict();
    for (const auto& [name, t] : single.state_dict()) {
      EXPECT_EQ(values(got.at(name)), values(t)) << name << " in " << dtype;
    }
  }
}

}  // namespace
}  // namespace nnrun
