// Layouts: kernels of convolutions and products are quicker when their operands lie as they like
// them (blocks of channels, say), and everything between two of them can be done in that layout,
// too. This pass looks at a placed program as a whole and chooses a way for each node, so that the
// kernels and the reorders between them together take least.
//
// A layout is the token of a backend, compared by equality alone. A storage in one is used whole;
// where somebody wants it otherwise, a node of the op `reorder` makes that once. State may lie in
// one, too: the plan then has its own memory for it (Plan::export_state).
//
// "owner!name" is private: what a reorder makes of a value for one kernel, as transformed weights.
// It is no order of the elements, so no other op is asked to work on it, and state never lies in
// it.
//
// A node's candidates are what its backend offered for row-major operands, and what it offers when
// asked with operands in layouts that their producers may give. Candidates are taken in the order
// of the program, each where it costs least by then, and then improved one by one, back and forth,
// with all neighbours known. Linear in the nodes.
#pragma once

#include <optional>

#include "core/plan/program.h"

namespace nnrun {

/// Former choices (options.stored) are repeated where they are still offered. The program as it is
/// when no layout is worth its reorders.
Program choose_layouts(Program p, const PlanOptions& options);

/// One node of the op `reorder`: storage 0 of those types and layouts to storage 1; nothing when no
/// backend in the list does that.
std::optional<Program> reordering(const PlannedStorage& from, const PlannedStorage& to,
                                  const PlanOptions& options);

}  // namespace nnrun
