// Maps over one shape that feed one another, as one map: what lies between them stays in registers,
// rounded to its dtype as if it had been stored.
#pragma once

#include <functional>

#include "backends/cuda/body.h"

namespace nnrun::cuda {

/// Where a value lies outside of a chain; nothing: nowhere.
using Places = std::function<std::optional<Launch::Pointer>(uint32_t value)>;

/// Some nodes, ascending, as one map: `given` says where lies what they read and do not make,
/// `result` what of theirs is to be stored. Nothing, and the reason, when they are no chain.
std::optional<Map> chain_map(const Parts& parts, const std::vector<uint32_t>& nodes,
                             const Places& given, const Places& result, std::string* why);

}  // namespace nnrun::cuda
