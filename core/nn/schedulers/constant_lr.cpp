#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_constant_lr() {
  SchedulerDef d;
  d.name = "ConstantLR";
  d.doc = "the rate times factor for total_iters epochs, then the rate itself";
  d.attrs = {attr("factor", 1.0 / 3, "factor of the first epochs").range(0, 1).above(0),
             attr("total_iters", 5, "epochs it lasts").at_least(1)};
  d.start = [](const Attrs& a, SchedulerState& s) { s.lr *= a.number("factor"); };
  d.step = [](const Attrs& a, SchedulerState& s, double) {
    if (s.epoch == a.integer("total_iters")) s.lr *= 1.0 / a.number("factor");
  };
  return d;
}

}  // namespace nnrun
