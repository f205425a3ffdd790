// Session::predict(Tensor) and state_dict(): a model file for a program that has tensors.
#include <nnrun/nnrun.h>

#include <sstream>

#include "tests/support/files.h"

namespace nnrun {
namespace {

using test::TempDir;

const char* const kModelFile = R"(
nnrun: 1
name: line
backend: {name: reference, dtype: float64, threads: 1}
data:
  source:
    type: inline
    columns: [a, b, t]
    rows: [[10, 1, 1], [20, 2, 3], [30, 5, 2], [40, 3, 7]]
  features: [a, b]
  target: t
  normalize: standard
model:
  input_shape: [2]
  layers: [{type: Linear, name: fc, out_features: 3}, Tanh, {type: Linear, name: out, out_features: 1}]
training: {epochs: 20, batch_size: 2, loss: MSELoss, optimizer: {type: SGD, lr: 0.1}}
)";

class Predict : public ::testing::Test {
 protected:
  Session load() const { return Session::load(dir_.put("line.yaml", kModelFile)); }
  const Tensor rows_ = tensor({{10., 1.}, {20., 2.}, {30., 5.}, {40., 3.}}, kDouble);
  TempDir dir_;
};

/// The same by hand, of standardised features.
Tensor by_hand(const Tensor& rows, const std::map<std::string, Tensor>& w) {
  const Tensor x = (rows - rows.mean(0)) / rows.std(0, /*unbiased=*/false);
  const Tensor h = (x.matmul(w.at("fc.weight").t()) + w.at("fc.bias")).tanh();
  return h.matmul(w.at("out.weight").t()) + w.at("out.bias");
}

TEST_F(Predict, NormalisesAsTrainingDoes) {
  Session session = load();
  EXPECT_TRUE(allclose(session.predict(rows_), by_hand(rows_, session.state_dict()), 1e-12, 1e-12));
}

TEST_F(Predict, AnswersWithTheBestWeightsOfTheRunAfterTrain) {
  Session session = load();
  const Tensor before = session.predict(rows_);
  session.train({.out_dir = dir_.file("run")});
  const Tensor after = session.predict(rows_);
  EXPECT_FALSE(allclose(after, before));
  Session run = Session::load(dir_.file("run"));
  EXPECT_TRUE(equal(after, run.predict(rows_)));
  std::ostringstream csv;
  run.predict({}, csv);
  std::istringstream lines(csv.str());
  std::string line;
  std::getline(lines, line);
  for (int64_t k = 0; k < 4; ++k) {
    std::getline(lines, line);
    EXPECT_DOUBLE_EQ(std::stod(line), after[k][0].item<double>());
  }
}

TEST_F(Predict, SeesEachStepOfRunSteps) {
  Session session = load();
  session.run_steps(1);
  const Tensor first = session.predict(rows_);
  session.run_steps(1);
  EXPECT_FALSE(allclose(session.predict(rows_), first));
  EXPECT_TRUE(allclose(session.predict(rows_), by_hand(rows_, session.state_dict()), 1e-12, 1e-12));
}

TEST_F(Predict, TakesAnyBatchAndDtypeAndLayout) {
  Session session = load();
  const Tensor all = session.predict(rows_);
  EXPECT_TRUE(equal(session.predict(rows_.slice(0, 1, 2)), all.slice(0, 1, 2)));
  EXPECT_TRUE(equal(session.predict(rows_.to(kLong)), all));
  EXPECT_TRUE(equal(session.predict(rows_.t().contiguous().t()), all));
  EXPECT_EQ(session.predict(rows_.slice(0, 0, 0)).sizes(), (IntArrayRef{0, 1}));
}

TEST_F(Predict, ItsResultIsTheCallers) {
  Session session = load();
  const Tensor first = session.predict(rows_), copy = first.clone();
  session.predict(rows_ * 2);
  EXPECT_TRUE(equal(first, copy));
}

TEST_F(Predict, RefusesOtherSizesThanTheModels) {
  Session session = load();
  test::expect_error(Code::model, "the input is (4, 1), expected (N, 2)",
                     [&] { session.predict(rows_.slice(1, 0, 1)); });
  test::expect_error(Code::model, "the input is (2,), expected (N, 2)",
                     [&] { session.predict(rows_[0]); });
}

}  // namespace
}  // namespace nnrun
