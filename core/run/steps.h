// Training steps: the plans of a step over some rows, the order in which epochs take them, and the
// schedule of the learning rate. Validation, checkpoints and metrics files are the trainer's.
#pragma once

#include <memory>
#include <vector>

#include "core/model/spec.h"
#include "core/nn/scheduler.h"
#include "core/run/graphs.h"
#include "core/run/runner.h"

namespace nnrun {

class Steps {
 public:
  /// Plans at once. `state` gets the optimizer's entries and the loop's, unless it has them, and
  /// `schedule` begins, unless it has begun. Everything given must outlive this.
  Steps(const Spec& spec, const Rows& rows, const RunGraphs& graphs, State& state,
        SchedulerState& schedule, const PlanOptions& options);

  const Runner& runner() const { return *runner_; }
  int64_t per_epoch() const { return runner_->steps_per_epoch(); }

  /// Takes the order of that epoch, counted from 0. Returns how many of its steps the cursor has
  /// behind it already; when none, the sums begin at 0.
  int64_t begin_epoch(int64_t epoch);
  /// Step 0 .. per_epoch() - 1, in order.
  void run(int64_t step) { runner_->run(step); }
  /// n of them in one call, from step 0 of an epoch of one step, where epochs are the same: all
  /// rows in one order at one learning rate. That many epochs are over then.
  bool one_step_epochs() const {
    return per_epoch() == 1 && runner_->order().numel() == runner_->batch_of(0) &&
           !spec_.training->shuffle && scheduler_ == nullptr;
  }
  void run_epochs(int64_t n) { runner_->run_full(n); }
  void end_epoch();
  /// Before other plans run on parameters and buffers, as an evaluator's do.
  void release_state() { runner_->release_state(); }
  /// Before anybody else reads or writes parameters, buffers or the optimizer's state.
  void export_state() { runner_->export_state(); }
  /// The learning rate of the next epoch, by a schedule that may watch a score.
  void advance_schedule(double watched);

  /// As of the last fetch(); those of the host are always up to date.
  bool ok() const { return *ok_ != 0; }           // no NaN or Inf
  double loss_sum() const { return *loss_; }      // over the rows of this epoch
  int64_t rows_done() const { return *cursor_; }  // of this epoch
  int64_t steps_done() const { return *step_; }   // updates, in all
  void fetch() const { runner_->fetch(watched_); }

 private:
  void set_lr();

  const Spec& spec_;
  SchedulerState& schedule_;
  const SchedulerDef* scheduler_ = nullptr;
  std::unique_ptr<Runner> runner_;
  std::vector<Array> sums_, watched_;
  // State that steps read and write, found once.
  Array lr_, place_;
  double* loss_;
  int64_t *cursor_, *step_;
  const uint8_t* ok_;
};

}  // namespace nnrun
