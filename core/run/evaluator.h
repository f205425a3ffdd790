// Evaluation: loss and metrics of a model over rows.
#pragma once

#include <atomic>

#include "core/run/graphs.h"
#include "core/run/runner.h"

namespace nnrun {

/// "loss" first, then the metrics in their order.
using Scores = std::vector<std::pair<std::string, double>>;

/// The sums that a pass left in `state`, as scores of `rows` rows.
Scores scores_of(const RunGraphs& graphs, const State& state, int64_t rows);
/// What an epoch begins at 0 (cursor, loss and metric sums), sharing the state's memory.
std::vector<Array> sums_of(const State& state);
void clear(std::vector<Array>& sums);

/// Plans once, evaluates often: the parameters and buffers are those of `model` at the time of each
/// call.
class Evaluator {
 public:
  Evaluator(const RunGraphs& graphs, const Rows& rows, const State& model, int64_t batch,
            const PlanOptions& options);
  using Visit = std::function<void(const Array&, int64_t)>;
  /// visit(prediction of a batch, first row): called for each batch when given. Nothing comes back
  /// when *stop became a signal number meanwhile.
  Scores run(const Visit& visit = {}, const std::atomic<int>* stop = nullptr);
  std::vector<const Plan*> plans() const { return runner_->plans(); }

 private:
  const RunGraphs& graphs_;
  const Rows& rows_;
  State state_;  // shares the model's memory; sums and cursor of its own
  std::vector<Array> sums_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace nnrun
