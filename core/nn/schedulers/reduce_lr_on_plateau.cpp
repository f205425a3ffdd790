#include <algorithm>
#include <limits>

#include "core/nn/scheduler.h"

namespace nnrun {
namespace {

bool better(const Attrs& a, double metric, double best) {
  const double t = a.number("threshold");
  const bool rel = a.text("threshold_mode") == "rel";
  if (a.text("mode") == "min") return metric < (rel ? best * (1.0 - t) : best - t);
  return metric > (rel ? best * (t + 1.0) : best + t);
}

}  // namespace

SchedulerDef scheduler_reduce_lr_on_plateau() {
  SchedulerDef d;
  d.name = "ReduceLROnPlateau";
  d.doc = "multiplies the rate by factor when the metric has not improved for patience epochs";
  d.attrs = {attr("mode", "min", "whether a lower or a higher metric is better").of({"min", "max"}),
             attr("factor", 0.1, "factor of a decay").range(0, 1),
             attr("patience", 10, "epochs without improvement that are forgiven").at_least(0),
             attr("threshold", 1e-4, "smallest change that is an improvement").at_least(0),
             attr("threshold_mode", "rel", "threshold as a share of the best, or as it is")
                 .of({"rel", "abs"}),
             attr("cooldown", 0, "epochs after a decay that are not counted").at_least(0),
             attr("min_lr", 0.0, "the lowest rate").at_least(0),
             attr("eps", 1e-8, "smaller changes of the rate are not made").at_least(0)};
  d.needs_metric = true;
  d.start = [](const Attrs& a, SchedulerState& s) {
    const double inf = std::numeric_limits<double>::infinity();
    s.own = {{"best", a.text("mode") == "min" ? inf : -inf},
             {"num_bad_epochs", 0},
             {"cooldown_counter", 0}};
  };
  d.step = [](const Attrs& a, SchedulerState& s, double metric) {
    double &best = s.own["best"], &bad = s.own["num_bad_epochs"];
    double& cooldown = s.own["cooldown_counter"];
    if (better(a, metric, best)) {
      best = metric;
      bad = 0;
    } else {
      bad += 1;
    }
    if (cooldown > 0) {
      cooldown -= 1;
      bad = 0;
    }
    if (bad > double(a.integer("patience"))) {
      const double lr = std::max(s.lr * a.number("factor"), a.number("min_lr"));
      if (s.lr - lr > a.number("eps")) s.lr = lr;
      cooldown = double(a.integer("cooldown"));
      bad = 0;
    }
  };
  return d;
}

}  // namespace nnrun
