// The targets that the model file picks: classes, or numbers.
#pragma once

#include <string>
#include <vector>

#include "core/data/data.h"

namespace nnrun {

/// int64 (N) out of a table's column or an array (N) or (N, 1). When `classes` comes empty it is
/// filled: integer labels count from 0 and are "0" to "n_outputs - 1" (to the largest label when
/// n_outputs is 0); text labels are its distinct values in sorted order, n_outputs at most; a
/// computed column may bring its own. When it comes filled (from training) labels are looked up in
/// it. Throws at the cell or row: a label that is negative, too large, not an integer, or not among
/// the classes.
Array class_targets(const RawData& raw, const std::vector<std::string>& target, int64_t n_outputs,
                    std::vector<std::string>* classes);

/// float32 (N, k) out of the table's columns or the array; arrays of more dimensions keep them.
Array number_targets(const RawData& raw, const std::vector<std::string>& target);

}  // namespace nnrun
