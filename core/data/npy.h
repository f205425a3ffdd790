// NumPy's .npy, format versions 1 to 3 (numpy/lib/format.py), and .npz, a zip archive of them.
//
// Read: floats of 2, 4 and 8 bytes, signed and unsigned integers, bool; either byte order, C and
// Fortran order. What has no dtype here is widened: int8, int16, uint16 to int32, uint32 and uint64
// to int64 (values above its range are refused). Objects (pickle) are never loaded. The file must
// hold just what its header says. Written: version 1, little-endian, C order, the data at a
// multiple of 64 bytes; bfloat16, which NumPy does not know, as float32.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/reader.h"
#include "core/base/zip.h"
#include "core/tensor/array.h"

namespace nnrun {

/// Throws Error(data) naming file and field; Error(memory) over a limit.
Array read_npy(const std::string& path);
Array read_npy(Reader& in);

/// The bytes of a .npy file.
std::string npy_bytes(const Array& a);

/// Atomically.
void write_npy(const std::string& path, const Array& a);

/// Names of the arrays in an archive, without ".npy".
std::vector<std::string> npz_names(const ZipFile& archive);
/// Error(data) lists the members when there is none of that name.
Array read_npz(const ZipFile& archive, const std::string& name);

/// Atomically; names must differ.
void write_npz(const std::string& path, const std::vector<std::pair<std::string, Array>>& arrays);

}  // namespace nnrun
