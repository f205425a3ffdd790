#include "core/run/runner.h"

#include <algorithm>
#include <numeric>

namespace nnrun {

Runner::Runner(const Rows& rows, State& state, const MakeGraph& make, int64_t batch, bool drop_last,
               const PlanOptions& options)
    : order_(DType::int64, {rows.count()}) {
  const int64_t n = rows.count();
  std::iota(order_.data<int64_t>(), order_.data<int64_t>() + n, int64_t{0});
  batch_ = std::min(batch, n);
  full_steps_ = batch_ == 0 ? 0 : n / batch_;
  const bool tail = batch_ != 0 && n % batch_ != 0 && !drop_last;
  tail_rows_ = tail ? n % batch_ : 0;

  PlanOptions shared = options;
  open_memories(&shared);
  const auto plan = [&](int64_t size) {
    const Graph g = make(size);
    PlanOptions how = shared;
    if (size != batch_) how.measure_ms = 0;  // it runs once an epoch
    return make_plan(g, how, [&](const std::string& name) -> void* {
      if (name == "features") return const_cast<void*>(rows.features.raw());
      if (name == "targets") return const_cast<void*>(rows.targets.raw());
      if (name == "order") return order_.raw();
      StateEntry* e = state.find(name);
      return e == nullptr ? nullptr : e->value.raw();
    });
  };
  if (full_steps_ > 0) full_ = plan(batch_);
  if (tail) tail_ = plan(tail_rows_);
  for (const Plan* p : plans()) device_ = p->device();
}

std::vector<const Plan*> Runner::plans() const {
  std::vector<const Plan*> r;
  if (full_) r.push_back(full_.get());
  if (tail_) r.push_back(tail_.get());
  return r;
}

}  // namespace nnrun
