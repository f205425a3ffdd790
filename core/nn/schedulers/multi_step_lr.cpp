#include <algorithm>
#include <cmath>

#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_multi_step_lr() {
  SchedulerDef d;
  d.name = "MultiStepLR";
  d.doc = "multiplies the rate by gamma at each milestone";
  d.attrs = {required_attr("milestones", AttrKind::integer,
                           "epochs at which to decay; one named twice "
                           "decays twice")
                 .at_least(0)
                 .count(1, 10'000),
             attr("gamma", 0.1, "factor of a decay").at_least(0)};
  d.step = [](const Attrs& a, SchedulerState& s, double) {
    const auto& m = a.integers("milestones");
    const auto times = std::count(m.begin(), m.end(), s.epoch);
    if (times > 0) s.lr *= std::pow(a.number("gamma"), double(times));
  };
  return d;
}

}  // namespace nnrun
