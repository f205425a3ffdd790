#include "core/nn/scheduler.h"

#include "core/nn/registry.h"

namespace nnrun {

std::vector<SchedulerDef> builtin_schedulers();  // generated from the files of schedulers/

namespace {

const Registry<SchedulerDef>& scheduler_registry() {
  static const Registry<SchedulerDef> r("scheduler", builtin_schedulers());
  return r;
}

}  // namespace

const SchedulerDef& find_scheduler(const std::string& name) {
  return scheduler_registry().find(name);
}
std::vector<const SchedulerDef*> all_schedulers() { return scheduler_registry().all(); }

}  // namespace nnrun
