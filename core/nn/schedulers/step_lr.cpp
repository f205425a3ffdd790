#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_step_lr() {
  SchedulerDef d;
  d.name = "StepLR";
  d.doc = "multiplies the rate by gamma every step_size epochs";
  d.attrs = {required_attr("step_size", AttrKind::integer, "epochs between decays").at_least(1),
             attr("gamma", 0.1, "factor of a decay").at_least(0)};
  d.step = [](const Attrs& a, SchedulerState& s, double) {
    if (s.epoch % a.integer("step_size") == 0) s.lr *= a.number("gamma");
  };
  return d;
}

}  // namespace nnrun
