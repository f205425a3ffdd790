// Session::run_steps is train() without the run folder.
#include <nnrun/session.h>

#include <cmath>

#include "core/base/fp_mode.h"
#include "tests/support/files.h"
#include "tests/support/memory.h"
#include "tests/support/tensors.h"

namespace nnrun {
namespace {

using test::TempDir;
using test::values;

// 10 rows in batches of 4: the last of an epoch is short.
const char* const kModelFile = R"(
nnrun: 1
name: line
data:
  source: {type: generator, name: xor, n: 10}
model:
  input_shape: [2]
  layers:
    - Linear(2, 3)
    - Tanh
    - Linear(3, 1)
training:
  epochs: 4
  batch_size: 4
  loss: MSELoss
  optimizer: {type: SGD, lr: 0.1, momentum: 0.9}
  scheduler: {type: StepLR, step_size: 1, gamma: 0.5}
)";

class RunSteps : public ::testing::Test {
 protected:
  Session open(std::vector<std::string> overrides = {}) const {
    overrides.push_back("backend={name: reference, dtype: float64, threads: 1}");
    return Session::load(dir_.put("line.yaml", kModelFile), {.overrides = overrides});
  }
  TempDir dir_;
};

TEST_F(RunSteps, TakesTheStepsOfTrain) {
  std::vector<double> want, got;
  open().train({.out_dir = dir_.file("run"),
                .on_step = [&](int64_t, double loss) { want.push_back(loss); }});
  Session session = open();
  for (size_t k = 0; k < want.size(); ++k) got.push_back(session.run_steps(1));
  ASSERT_EQ(want.size(), 12u);
  for (size_t k = 0; k < want.size(); ++k) EXPECT_NEAR(got[k], want[k], 1e-12) << "step " << k + 1;
}

TEST_F(RunSteps, OfAModelForOneThreadStartsNoOther) {
  const int64_t before = test::of_this_process("Threads:");
  Session wide =
      open({"model={input_shape: [2], layers: [\"Linear(2, 300)\", Tanh, "
            "\"Linear(300, 1000)\", Tanh, \"Linear(1000, 1)\"]}"});
  wide.run_steps(1);
  EXPECT_EQ(test::of_this_process("Threads:"), before);
}

TEST_F(RunSteps, GivesTheMeanLossOverTheRowsOfAllSteps) {
  Session one_by_one = open(), at_once = open();
  double sum = 0;
  for (int rows : {4, 4, 2, 4, 4}) sum += rows * one_by_one.run_steps(1);
  EXPECT_NEAR(at_once.run_steps(5), sum / 18, 1e-12);
}

TEST_F(RunSteps, BeginsWithTheWeightsOfTheRunItWasOpenedFrom) {
  open().train({.out_dir = dir_.file("run")});
  EXPECT_LT(Session::load(dir_.file("run")).run_steps(3), open().run_steps(3));
}

TEST_F(RunSteps, ThrowsWhereTheLossIsNotFinite) {
  Session session = open({"training.optimizer.lr=1e200"});
  test::expect_error(Code::numeric, "NaN or Inf in epoch 1, step", [&] { session.run_steps(12); });
}

TEST_F(RunSteps, RefusesLessThanOne) {
  test::expect_error(Code::usage, "n is 0", [&] { open().run_steps(0); });
}

// A column of zeros gives its weights no gradient; decay alone takes them below 1e-38.
constexpr const char* kDecays = R"(
nnrun: 1
name: decays
data:
  source: {type: inline, columns: [a, b, t], rows: [[1, 0, 1], [-1, 0, 0], [0.5, 0, 1]]}
  features: [a, b]
  target: t
model:
  input_shape: [2]
  layers:
    - Linear(2, 70)
    - Tanh
    - Linear(70, 1)
training:
  loss: MSELoss
  optimizer: {type: SGD, lr: 0.01, weight_decay: 90}
)";

TEST_F(RunSteps, LeavesNoSubnormalNumbers) {
  for (const char* backend :
       {"{name: onednn, threads: 2}", "{name: onednn, fuse: false}", "reference"}) {
    Session session = Session::load(dir_.put("decays.yaml", kDecays),
                                    {.overrides = {std::string("backend=") + backend}});
    const FpMode before = fp_mode();
    session.run_steps(40);
    EXPECT_EQ(fp_mode(), before);
    const std::vector<double> weights = values(session.state_dict().at("0.weight"));
    for (size_t i = 1; i < weights.size(); i += 2) {
      EXPECT_NE(std::fpclassify(float(weights[i])), FP_SUBNORMAL) << backend << ", " << weights[i];
    }
  }
}

}  // namespace
}  // namespace nnrun
