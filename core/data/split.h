// Rows dealt to training, validation and test.
#pragma once

#include <cstdint>
#include <vector>

#include "core/data/data.h"

namespace nnrun {

/// Row numbers of each part, ascending.
struct Parts {
  std::vector<int64_t> train, val, test;
};

/// Deals n rows by the seed in the proportions of `split`, which must add up to 1. `classes`: one
/// class a row, wanted for stratify (each part then has its share of each class, give or take one
/// row); else not used. Throws Error(model) for wrong proportions or stratify without classes,
/// Error(data) when a part that is asked for gets no row.
Parts deal(const SplitConfig& split, int64_t n, const Array& classes, uint64_t seed);

/// The rows of those numbers, copied.
Rows take(const Rows& rows, const std::vector<int64_t>& numbers);

}  // namespace nnrun
