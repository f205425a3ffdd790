#include "core/run/evaluator.h"

#include <cstring>

namespace nnrun {

Scores scores_of(const RunGraphs& graphs, const State& state, int64_t rows) {
  Scores r;
  r.emplace_back("loss", state.find("run.loss")->value.at(0) / double(rows));
  for (const MetricDef* m : graphs.metrics) {
    std::vector<Array> sums;
    while (const StateEntry* e =
               state.find("metric." + m->name + "." + std::to_string(sums.size()))) {
      sums.push_back(e->value);
    }
    r.emplace_back(m->name, m->finish(sums, rows));
  }
  return r;
}

std::vector<Array> sums_of(const State& state) {
  std::vector<Array> sums;
  for (const StateEntry& e : state.entries()) {
    if (e.name == "run.cursor" || e.name == "run.loss" || e.name.starts_with("metric."))
      sums.push_back(e.value);
  }
  return sums;
}

void clear(std::vector<Array>& sums) {
  for (Array& a : sums) std::memset(a.raw(), 0, size_t(a.bytes()));
}

Evaluator::Evaluator(const RunGraphs& graphs, const Rows& rows, const State& model, int64_t batch,
                     const PlanOptions& options)
    : graphs_(graphs), rows_(rows) {
  for (const StateEntry& e : model.entries()) {
    // Run state is the evaluator's own, everything else is shared.
    if (e.name.rfind("run.", 0) != 0 && e.name.rfind("metric.", 0) != 0) state_.add(e);
  }
  const Type features{rows.features.dtype(), rows.features.shape()};
  const Type targets{rows.targets.dtype(), rows.targets.shape()};
  runner_ = std::make_unique<Runner>(
      rows_, state_, [&](int64_t n) { return graphs_.evaluation(state_, features, targets, n); },
      batch, false, options);
  sums_ = sums_of(state_);
}

Scores Evaluator::run(const Visit& visit, const std::atomic<int>* stop) {
  clear(sums_);
  runner_->put(sums_);
  int64_t row = 0;
  for (int64_t i = 0; i < runner_->steps_per_epoch(); ++i) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed) != 0) {
      runner_->release_state();
      return {};
    }
    runner_->run(i);
    if (visit) visit(runner_->output(i, "prediction"), row);
    row += runner_->batch_of(i);
  }
  runner_->fetch(sums_);
  runner_->release_state();  // the model's may be other ones next time
  return scores_of(graphs_, state_, rows_.count());
}

}  // namespace nnrun
