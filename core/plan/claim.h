// Fusion: what a backend's compiler claims of a program becomes one node, "group", with the nodes
// it stands for as its body.
#pragma once

#include "core/plan/program.h"

namespace nnrun {

/// Before layouts are chosen, or of what is in no group after that.
enum class Claim { row_major, laid_out };

/// The program with the claims of its first backend's compiler accepted, the most gainful first,
/// where they do not overlap, can run at one moment, and the compiler has a kernel for them.
Program claim_groups(Program p, const PlanOptions& options, Claim when);

}  // namespace nnrun
