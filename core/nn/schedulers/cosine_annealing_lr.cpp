#include <cmath>
#include <numbers>

#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_cosine_annealing_lr() {
  SchedulerDef d;
  d.name = "CosineAnnealingLR";
  d.doc = "half a cosine from the first rate to eta_min in T_max epochs, and back up after";
  d.attrs = {required_attr("T_max", AttrKind::integer, "epochs of half a period").at_least(1),
             attr("eta_min", 0.0, "the lowest rate").at_least(0)};
  d.step = [](const Attrs& a, SchedulerState& s, double) {
    using std::numbers::pi;
    const int64_t t_max = a.integer("T_max");
    const double t = double(t_max), low = a.number("eta_min");
    if ((s.epoch - 1 - t_max) % (2 * t_max) == 0) {  // leaving the minimum: the ratio is 0 / 0
      s.lr += (s.base_lr - low) * (1 - std::cos(pi / t)) / 2;
    } else {
      s.lr = (1 + std::cos(pi * double(s.epoch) / t)) /
                 (1 + std::cos(pi * double(s.epoch - 1) / t)) * (s.lr - low) +
             low;
    }
  };
  return d;
}

}  // namespace nnrun
