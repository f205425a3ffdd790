// The stream of random numbers that the whole program draws from: manual_seed() starts it.
#pragma once

#include <array>
#include <cstdint>

namespace nnrun {

/// The state of a stream of its own, the int64[4] operand of rand and randn: each call another one.
std::array<int64_t, 4> next_state();

}  // namespace nnrun
