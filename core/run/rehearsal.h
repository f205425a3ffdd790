// Rehearsal: one pass of a model over one batch, planned and ready to be run again and again, for
// measuring. Weights do not change: the learning rate is 0.
#pragma once

#include <memory>
#include <string>

#include "core/data/data.h"
#include "core/nn/state.h"
#include "core/plan/plan.h"
#include "core/run/graphs.h"

namespace nnrun {

/// Rows of such features and targets where there are no data: floats in [-1, 1], indices 0, any of
/// `classes` classes, other targets 0 or 1. The same at every call.
Rows made_up_rows(Type features, Type targets, int64_t count, int64_t classes);

class Rehearsal {
 public:
  /// pass: "fwd", "fwd+bwd" or "step". A step picks its batch from all rows, in a random order that
  /// begins anew when it ends; the others take the first rows. Rows are repeated when there are
  /// fewer than `batch`.
  Rehearsal(const RunGraphs& graphs, State state, Rows rows, const std::string& pass, int64_t batch,
            const PlanOptions& options);
  Rehearsal(Rehearsal&&) noexcept = default;

  /// To be called before each run of the plan, which takes a batch.
  void rewind() {
    if (!cursor_.defined()) return;
    if (taken_ + batch_ > order_.numel()) begin_anew();
    taken_ += batch_;
  }
  Plan& plan() { return *plan_; }
  /// State, values and workspace; not the data.
  int64_t bytes() const;

 private:
  void begin_anew();

  int64_t batch_;
  std::unique_ptr<State> state_;  // the plan points into its arrays
  Rows rows_;
  Array order_;
  Array cursor_;
  int64_t taken_ = 0;  // rows, since the cursor was 0
  std::unique_ptr<Plan> plan_;
};

}  // namespace nnrun
