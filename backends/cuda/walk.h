// The arithmetic of launches: how operands are walked, and by how many threads.
#pragma once

#include <cstdint>
#include <vector>

#include <nnrun/sdk/desc.hpp>

#include "backends/cuda/device/args.h"

namespace nnrun::cuda {

using namespace nnrun::sdk;

/// How many blocks, and threads in each.
struct Grid {
  unsigned blocks = 1, threads = 1;
};

/// Threads of a block, where a kernel has no reason for another number.
inline constexpr int kThreads = 256;

/// Threads for n items of work, `per_thread` of them for each: no more blocks than keep the
/// processors busy, since every kernel loops over what is left. Never 0 blocks.
Grid grid_for(int64_t n, int64_t per_thread, int processors);
/// A block for each of n lines of `length` items, whole warps in each.
Grid grid_of_lines(int64_t n, int64_t length);

/// The walk of operands over one shape, dimensions merged; one list of strides per operand. Throws
/// Failure(UNSUPPORTED) when the rank is over 8, or there are more than 12 operands.
Walk walk_of(const std::vector<int64_t>& shape, const std::vector<std::vector<int64_t>>& strides);

/// The strides of a row-major buffer of that shape.
std::vector<int64_t> row_major(const std::vector<int64_t>& shape);
/// The strides with which an operand walks `shape`, and those of all operands over an output.
std::vector<int64_t> strides_over(const Operand& o, const std::vector<int64_t>& shape);

}  // namespace nnrun::cuda
