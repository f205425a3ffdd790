// Hoisting: what depends on nothing but state that no step changes, and on constants, is computed
// when the plan takes its state (Plan::export_state), and kept. Weights in a kernel's layout, or
// scaled by a batch norm, are made so once for all predictions.
//
// State that others change between runs without a word, as a learning rate, belongs to programs
// that train: of those nothing is hoisted.
#pragma once

#include "core/plan/program.h"

namespace nnrun {

/// By node: whether it may be computed once.
std::vector<bool> computed_once(const Program& p);

/// Those nodes first; Program::once says how many they are.
Program hoisted(Program p);

}  // namespace nnrun
