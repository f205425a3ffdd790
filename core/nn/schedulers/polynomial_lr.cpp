#include <cmath>

#include "core/nn/scheduler.h"

namespace nnrun {

SchedulerDef scheduler_polynomial_lr() {
  SchedulerDef d;
  d.name = "PolynomialLR";
  d.doc = "the rate falls to 0 as (1 - epoch / total_iters) to a power";
  d.attrs = {attr("total_iters", 5, "epochs until 0").at_least(1),
             attr("power", 1.0, "the power").above(0)};
  d.step = [](const Attrs& a, SchedulerState& s, double) {
    const int64_t total = a.integer("total_iters");
    if (s.epoch > total) return;
    const double t = double(total);
    s.lr *=
        std::pow((1.0 - double(s.epoch) / t) / (1.0 - double(s.epoch - 1) / t), a.number("power"));
  };
  return d;
}

}  // namespace nnrun
