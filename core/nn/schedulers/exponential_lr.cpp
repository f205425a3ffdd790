#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_exponential_lr() {
  SchedulerDef d;
  d.name = "ExponentialLR";
  d.doc = "multiplies the rate by gamma every epoch";
  d.attrs = {required_attr("gamma", AttrKind::number, "factor of an epoch").at_least(0)};
  d.step = [](const Attrs& a, SchedulerState& s, double) { s.lr *= a.number("gamma"); };
  return d;
}

}  // namespace nnrun
