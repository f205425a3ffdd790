#include <cmath>
#include <numbers>

#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_cosine_annealing_warm_restarts() {
  SchedulerDef d;
  d.name = "CosineAnnealingWarmRestarts";
  d.doc =
      "half a cosine from the first rate to eta_min, again and again, each T_mult times as long";
  d.attrs = {required_attr("T_0", AttrKind::integer, "epochs to the first restart").range(1, 1e9),
             attr("T_mult", 1, "growth of the period at a restart").range(1, 1e9),
             attr("eta_min", 0.0, "the lowest rate").at_least(0)};
  d.start = [](const Attrs& a, SchedulerState& s) {
    s.own["T_cur"] = 0;
    s.own["T_i"] = double(a.integer("T_0"));
  };
  d.step = [](const Attrs& a, SchedulerState& s, double) {
    double &cur = s.own["T_cur"], &period = s.own["T_i"];
    cur += 1;
    if (cur >= period) {
      cur -= period;
      period *= double(a.integer("T_mult"));
    }
    const double low = a.number("eta_min");
    s.lr = low + (s.base_lr - low) * (1 + std::cos(std::numbers::pi * cur / period)) / 2;
  };
  return d;
}

}  // namespace nnrun
