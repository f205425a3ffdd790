// Layouts of this backend: "onednn:" and oneDNN's name of a blocked format ("aBcd8b" is what it
// calls nChw8c), so that those of different ops compare equal. "" is row-major, also where a format
// puts the elements of that shape in the same places. The weights of a convolution in groups have
// one dimension more than their operand, which "/groups" at the end says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backends/onednn/primitive.h"

namespace nnrun::onednn {

/// The layout of a value described so; nothing when it has no name.
std::optional<std::string> layout_of(const memory::desc& m, int64_t groups = 1);

/// A value of that shape and layout, as oneDNN describes it; throws Failure when the layout is not
/// one of ours. Row-major when layout is "".
memory::desc described(const std::vector<int64_t>& shape, memory::data_type t,
                       std::string_view layout);
memory::desc row_major(const std::vector<int64_t>& shape, memory::data_type t);

/// Bytes of an operand in that layout.
uint64_t bytes_in(const Operand& o, std::string_view layout);

/// A yes where the operands with those numbers (inputs first) are in that layout, the others plain.
Offer in_layout(Offer o, const Desc& d, const std::string& layout,
                std::initializer_list<int> which);

/// Whether oneDNN uses AVX-512 on this CPU.
bool has_avx512();

/// Whether the CPU's matrix unit may be used, for bfloat16.
bool has_amx();

/// The lanes of a layout (N, C, ...) whose channels lie in blocks: 8 or 16; 0 for others.
int channel_block(std::string_view layout);
/// Such a layout, with as many lanes as oneDNN uses on this CPU.
std::string channel_blocks(int rank);

/// The lanes of a layout (N, C, H, W) whose samples lie in blocks: 8 or 16; 0 for others.
int sample_block(std::string_view layout);
/// Such a layout, with as many lanes as our loops have on this CPU.
std::string sample_blocks();

}  // namespace nnrun::onednn
