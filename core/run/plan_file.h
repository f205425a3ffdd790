// plan.json of a run folder: who computes what in the run's training plans, and how, so that a run
// that is resumed goes on with the same kernels.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "core/run/run_folder.h"

namespace nnrun {

void save_plan(const RunFolder& run, const std::vector<const Plan*>& plans,
               const PlanOptions& options);

/// The choices stored in the run; none when it has no plan.json. A note says what is another now
/// than it was then (threads, versions of backends, instruction sets), or that the file is damaged.
StoredChoices load_plan(const RunFolder& run, const PlanOptions& options,
                        const std::function<void(const std::string&)>& note);

}  // namespace nnrun
