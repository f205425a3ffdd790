#include "core/run/steps.h"

#include "core/data/shuffle.h"
#include "core/run/evaluator.h"

namespace nnrun {

Steps::Steps(const Spec& spec, const Rows& rows, const RunGraphs& graphs, State& state,
             SchedulerState& schedule, const PlanOptions& options)
    : spec_(spec), schedule_(schedule) {
  const TrainingSpec& t = *spec.training;
  const Type features{rows.features.dtype(), rows.features.shape()};
  const Type targets{rows.targets.dtype(), rows.targets.shape()};
  const auto make = [&](int64_t batch) { return graphs.training(state, features, targets, batch); };
  runner_ = std::make_unique<Runner>(rows, state, make, t.batch_size, t.drop_last, options);
  if (per_epoch() == 0) {
    throw Error(Code::model, "batch_size " + std::to_string(t.batch_size) +
                                 " with drop_last leaves no batch of " +
                                 std::to_string(rows.count()) + " rows");
  }
  lr_ = state.find("run.lr")->value;
  loss_ = state.find("run.loss")->value.data<double>();
  place_ = state.find("run.cursor")->value;
  cursor_ = place_.data<int64_t>();
  step_ = state.find("run.step")->value.data<int64_t>();
  ok_ = state.find("run.ok")->value.data<uint8_t>();
  watched_ = sums_ = sums_of(state);
  for (const char* name : {"run.step", "run.ok"}) watched_.push_back(state.find(name)->value);

  if (t.scheduler) scheduler_ = &find_scheduler(t.scheduler->type);
  if (schedule_.base_lr == 0 && schedule_.epoch == 0) {
    schedule_.base_lr = schedule_.lr = t.optimizer.attrs.number("lr");
    if (scheduler_ != nullptr && scheduler_->start)
      scheduler_->start(t.scheduler->attrs, schedule_);
  }
  set_lr();
}

void Steps::set_lr() {
  *lr_.data<double>() = schedule_.lr;
  runner_->put({lr_});
}

void Steps::end_epoch() {
  *cursor_ = 0;
  runner_->put({place_});
}

int64_t Steps::begin_epoch(int64_t epoch) {
  if (spec_.training->shuffle) {
    Array& order = runner_->order();
    permute(spec_.seed, epoch, {order.data<int64_t>(), size_t(order.numel())});
    runner_->put({order});
  }
  if (*cursor_ == 0) {
    clear(sums_);
    runner_->put(sums_);
  }
  // All of them when a run was interrupted while it validated.
  if (*cursor_ >= runner_->rows_per_epoch()) return per_epoch();
  return *cursor_ / runner_->batch_of(0);
}

void Steps::advance_schedule(double watched) {
  if (scheduler_ == nullptr || !scheduler_->step) return;
  ++schedule_.epoch;
  scheduler_->step(spec_.training->scheduler->attrs, schedule_, watched);
  set_lr();
}

}  // namespace nnrun
