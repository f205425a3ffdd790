// A small program as straight-line vector code: the rows of a batch side by side in the lanes of
// registers, everything else unrolled.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nnrun/abi/compiler.h>

#include "backends/onednn/tiny/code.h"

namespace nnrun::onednn::tiny {

/// Rows of a buffer, by the indices order[start], order[start + 1], ...; done before the code runs.
/// An index out of range gives a row of zeros.
struct RowLookup {
  int data, order, start;   // buffers; start: an int64, moved so that all rows exist
  int64_t rows, row_bytes;  // of the data
  int64_t order_length;
  int first, count;  // which rows of the run these are
};
/// base ^ (step + 1) as a double in scratch memory; done before the code runs.
struct Power {
  double base;
  int step;  // buffer: an int64
  int64_t scratch;
};

struct Lowered {
  Code code;
  std::vector<RowLookup> lookups;
  std::vector<Power> powers;
  int rows = 0;           // in all lookups
  int64_t row_bytes = 0;  // the longest
};

/// accepted: the step is known to be accepted (all_finite is 1), which the code checks and leaves
/// with 1 when it is not; else it does what the program says. Nothing, and why, when the program is
/// not small or has what this cannot do. Buffer i is operand i of the group.
std::optional<Lowered> lower(const nnr_graph& g, bool accepted, std::string* why);

}  // namespace nnrun::onednn::tiny
