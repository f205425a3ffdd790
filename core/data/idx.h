// IDX, the format of MNIST and Fashion-MNIST (yann.lecun.com/exdb/mnist): two zero bytes, a type
// byte, the number of dimensions, each dimension as a big-endian 32-bit number, the values,
// big-endian. Plain or gzipped.
#pragma once

#include <string>

#include "core/base/reader.h"
#include "core/tensor/array.h"

namespace nnrun {

/// unsigned bytes stay uint8; signed bytes and shorts widen to int32. Throws Error(data) naming the
/// field, Error(memory) over a limit.
Array read_idx(const std::string& path);
Array read_idx(Reader& in);

}  // namespace nnrun
