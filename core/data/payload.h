// Numbers as files store them: little or big-endian, of every width that npy and IDX have.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/reader.h"
#include "core/tensor/array.h"

namespace nnrun {

/// How a file stores one number.
struct Stored {
  char kind = 0;  // f floating, i signed, u unsigned, b bool
  int bytes = 0;  // 1 2 4 8
  bool big_endian = false;
};

/// False when there is no such stored type; else the dtype that holds it.
bool held_as(const Stored& stored, DType* out);

/// Reads just shape's number of values to the end of the reader, in row-major order. Checked before
/// anything is allocated. Throws Error(data): too few or too many bytes, a bool that is not 0 or 1,
/// an unsigned value beyond int64; Error(memory): over limits().data_bytes.
Array read_stored(Reader& in, const Stored& stored, const Shape& shape);

}  // namespace nnrun
