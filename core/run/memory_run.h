// MemoryRun: a training that leaves nothing behind, at some step of some epoch. Session::run_steps.
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include "core/run/steps.h"

namespace nnrun {

class MemoryRun {
 public:
  MemoryRun(const Spec& spec, Dataset data, RunGraphs graphs, State state, const PlanOptions& plan)
      : data_(std::move(data)),
        graphs_(std::move(graphs)),
        state_(std::move(state)),
        stops_for_nan_(spec.training->on_nan == "stop"),
        steps_(spec, data_.train, graphs_, state_, schedule_, plan) {
    next_ = steps_.begin_epoch(0);
  }

  double run(int64_t n) {
    if (steps_.one_step_epochs()) {
      if (next_ == 1) next_epoch();
      steps_.run_epochs(n);
      steps_.fetch();
      epoch_ += n - 1;
      next_ = 1;
      if (!steps_.ok() && stops_for_nan_) stop_for_nan();
      return steps_.loss_sum() / double(steps_.rows_done());
    }
    double loss = 0;
    int64_t rows = 0;
    while (n > 0) {
      if (next_ == steps_.per_epoch()) next_epoch();
      const double loss_before = steps_.loss_sum();
      const int64_t rows_before = steps_.rows_done();
      const int64_t end = next_ + std::min(n, steps_.per_epoch() - next_);
      n -= end - next_;
      while (next_ < end) steps_.run(next_++);
      steps_.fetch();
      loss += steps_.loss_sum() - loss_before;
      rows += steps_.rows_done() - rows_before;
      if (!steps_.ok() && stops_for_nan_) stop_for_nan();
    }
    return loss / double(rows);
  }

  /// Where it is to be read, until the next run.
  State& state() {
    steps_.export_state();
    return state_;
  }
  /// Where other plans are to run on it, until the next run.
  void release_state() { steps_.release_state(); }
  const Normalization& normalization() const { return data_.normalization; }

 private:
  void next_epoch() {
    steps_.advance_schedule(steps_.loss_sum() / double(steps_.rows_done()));
    steps_.end_epoch();
    next_ = steps_.begin_epoch(++epoch_);
  }
  [[noreturn]] void stop_for_nan() {
    next_ = steps_.rows_done() / steps_.runner().batch_of(0);
    throw Error(Code::numeric, "NaN or Inf in epoch " + std::to_string(epoch_ + 1) + ", step " +
                                   std::to_string(next_ + 1))
        .with_hint("try a smaller learning rate or clip_grad_norm");
  }

  const Dataset data_;
  const RunGraphs graphs_;
  State state_;
  SchedulerState schedule_;
  const bool stops_for_nan_;
  Steps steps_;
  int64_t epoch_ = 0, next_ = 0;  // step of the epoch
};

}  // namespace nnrun
