// Running a graph once, on arrays: for tests, constant folding and one-off computations.
#pragma once

#include <map>
#include <string>

#include "core/plan/plan.h"

namespace nnrun {

/// Plans g, binds `arrays` to its inputs and state by name, runs one step, and returns copies of
/// the outputs. State is written in place. Throws Error(internal) when an array is missing or of
/// another type.
std::map<std::string, Array> evaluate(const Graph& g, const std::map<std::string, Array>& arrays,
                                      const PlanOptions& options);

}  // namespace nnrun
