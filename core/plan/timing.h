// Timing what a plan is made of, for bench and explain: never on the path of Plan::run().
#pragma once

#include <cstdint>
#include <vector>

#include "core/plan/plan.h"

namespace nnrun {

/// Runs one step. When each launch began, in ns of the steady clock, and when the last one ended.
std::vector<int64_t> launch_times(Plan& plan);
/// What one reading of that clock takes, in ns: every launch's time includes it.
double clock_cost();

/// Runs one step, in which every candidate of every node is timed for about `seconds` on the
/// operands that the node meets. Median ns by node and candidate; -1 of one that was refused or
/// failed. The plan was made with PlanOptions::explain.
std::vector<std::vector<double>> time_candidates(Plan& plan, double seconds);

/// Arithmetic and bytes of a node.
Work work_of(const Program& p, const PlannedNode& n);

}  // namespace nnrun
