// Runner: plans of one kind over one data set, for full batches and for the short last one, driven
// by the order and the cursor.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/fp_mode.h"
#include "core/data/data.h"
#include "core/nn/state.h"
#include "core/plan/plan.h"

namespace nnrun {

class Runner {
 public:
  using MakeGraph = std::function<Graph(int64_t batch)>;

  /// Plans at once for batches of `batch` rows (or all, when there are fewer) and for what remains,
  /// unless drop_last. `make` may add entries to `state`. The rows and the state must outlive the
  /// runner, and entries keep their memory.
  Runner(const Rows& rows, State& state, const MakeGraph& make, int64_t batch, bool drop_last,
         const PlanOptions& options);

  int64_t steps_per_epoch() const { return full_steps_ + (tail_ ? 1 : 0); }
  int64_t rows_per_epoch() const { return full_steps_ * batch_ + tail_rows_; }
  int64_t batch_of(int64_t step) const { return step < full_steps_ ? batch_ : tail_rows_; }

  /// The order rows are taken in, int64 (rows); identity at first. Whoever writes it puts() it.
  Array& order() { return order_; }
  const Array& order() const { return order_; }
  /// Runs one batch: step 0 .. steps_per_epoch() - 1, at the cursor. Call in order.
  void run(int64_t step) {
    const FlushDenormals flush;
    of(step < full_steps_ ? *full_ : *tail_).run();
  }
  /// Runs n whole batches in one call. The cursor may pass the end: the last batch, then.
  void run_full(int64_t n) {
    const FlushDenormals flush;
    of(*full_).run(n);
  }
  /// Before other plans run on the state: Plan::release_state; before the host reads or writes it:
  /// Plan::export_state.
  void release_state() {
    if (last_ != nullptr) last_->release_state();
  }
  void export_state() {
    if (last_ != nullptr) last_->export_state();
  }
  /// Of single arrays of the state, and the order: what steps wrote comes to the host, and what the
  /// host wrote goes to the steps. Nothing to do where those run on the host.
  void fetch(const std::vector<Array>& arrays) const {
    if (device_ != nullptr) device_->fetch(arrays);
  }
  void put(const std::vector<Array>& arrays) const {
    for (size_t i = 0; device_ != nullptr && i < arrays.size(); ++i) device_->put(arrays[i]);
  }
  /// After run(step): the named output of that batch.
  Array output(int64_t step, const std::string& name) const {
    return (step < full_steps_ ? *full_ : *tail_).output(name);
  }
  const Plan& plan() const { return full_ ? *full_ : *tail_; }
  std::vector<const Plan*> plans() const;

 private:
  /// The plan that runs next: the one before gives its state back when it is another.
  Plan& of(Plan& plan) {
    if (last_ != &plan) release_state();
    last_ = &plan;
    return plan;
  }

  Array order_;
  int64_t batch_ = 0, full_steps_ = 0, tail_rows_ = 0;
  std::unique_ptr<Plan> full_, tail_;
  Plan* last_ = nullptr;            // the one that ran
  DeviceMemory* device_ = nullptr;  // where they run; null: on the host
};

}  // namespace nnrun
