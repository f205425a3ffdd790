// Orders of rows. Each is computed from the seed by the counter-based generator (sdk/philox.hpp),
// so it depends on its arguments alone: not on threads, on what ran before, or on the machine.
#pragma once

#include <cstdint>
#include <vector>

namespace nnrun {

/// 0 to n-1 in the order in which an epoch visits the rows.
std::vector<int64_t> permutation(uint64_t seed, int64_t epoch, int64_t n);

}  // namespace nnrun
