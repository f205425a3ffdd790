// Orders of rows. Each is computed from the seed by the counter-based generator (sdk/philox.hpp),
// so it depends on its arguments alone: not on threads, on what ran before, or on the machine.
#pragma once

#include <cstdint>
#include <span>

namespace nnrun {

/// Writes 0 to order.size() - 1 in the order in which an epoch visits the rows.
void permute(uint64_t seed, int64_t epoch, std::span<int64_t> order);

}  // namespace nnrun
