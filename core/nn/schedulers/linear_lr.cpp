#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_linear_lr() {
  SchedulerDef d;
  d.name = "LinearLR";
  d.doc = "warm-up: the rate's factor goes from start_factor to end_factor in total_iters epochs";
  d.attrs = {attr("start_factor", 1.0 / 3, "factor of the first epoch").range(0, 1).above(0),
             attr("end_factor", 1.0, "factor from the last epoch on").range(0, 1),
             attr("total_iters", 5, "epochs of the change").at_least(1)};
  d.start = [](const Attrs& a, SchedulerState& s) { s.lr *= a.number("start_factor"); };
  d.step = [](const Attrs& a, SchedulerState& s, double) {
    const int64_t total = a.integer("total_iters");
    if (s.epoch > total) return;
    const double start = a.number("start_factor"), rise = a.number("end_factor") - start;
    s.lr *= 1.0 + rise / (double(total) * start + double(s.epoch - 1) * rise);
  };
  return d;
}

}  // namespace nnrun
