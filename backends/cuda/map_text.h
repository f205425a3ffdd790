// The text of kernels that are maps.
#pragma once

#include "backends/cuda/map.h"

namespace nnrun::cuda {

/// The body of a map as a function of that name: (a, i, inputs, outputs), without `a` where the map
/// has no use for it. A raw input is two arguments, its address and its element.
std::string function_text(const Map& m, const std::string& name);

/// The text of a map; `packed`: how many elements a thread takes at once, 0 for any strides.
std::string map_text(const Map& m, const Walk& w, int packed);
/// The most elements that fit 16 bytes in every operand, where each is contiguous along the
/// innermost dimension of a walk or does not move along it; 0 where one does otherwise.
int packed_elements(const Map& m, const Walk& w);

/// The text for `count` streams that differ in their sizes and addresses alone. Its kernel takes
/// words: the number of chunks before each stream and in all, the elements of each, its addresses.
std::string stream_text(const Map& m, size_t count);
/// Elements of a stream that a block takes at a time: enough to outweigh the search for the stream.
inline constexpr uint64_t kChunk = 4096;

}  // namespace nnrun::cuda
