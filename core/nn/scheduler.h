// Learning rate schedulers: one file each in schedulers/, `SchedulerDef scheduler_<file name>()`.
// They step once an epoch after validation, by torch's recursions, so that rates agree to the bit.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/graph/attrs.h"

namespace nnrun {

/// Everything a scheduler remembers; goes into checkpoints as it is.
struct SchedulerState {
  double base_lr = 0, lr = 0;
  int64_t epoch = 0;                  // calls of step so far
  std::map<std::string, double> own;  // "best", "num_bad_epochs", ...
};

struct SchedulerDef {
  std::string name, doc;
  std::vector<AttrDecl> attrs = {};
  bool needs_metric = false;
  /// Called once before training (lr may change, as with warm-up); may be empty.
  std::function<void(const Attrs&, SchedulerState&)> start = {};
  /// After an epoch: sets s.lr for the next one.
  std::function<void(const Attrs&, SchedulerState&, double metric)> step = {};
};

const SchedulerDef& find_scheduler(const std::string& name);
std::vector<const SchedulerDef*> all_schedulers();

}  // namespace nnrun
