// safetensors (huggingface/safetensors, format README): 8 bytes little-endian length of the header,
// a JSON header, the data. The reader is strict: every byte of the data belongs to exactly one
// tensor, names differ, numbers are in range. The writer gives the bytes that the Python package
// gives for the same tensors: sorted by dtype (widest first) and name, the header padded with
// spaces to 8 bytes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/reader.h"
#include "core/tensor/array.h"

namespace nnrun {

using NamedArrays = std::vector<std::pair<std::string, Array>>;
using Metadata = std::map<std::string, std::string>;

struct SafeTensors {
  NamedArrays tensors;  // in the order of their data
  Metadata metadata;    // without the checksums
};

/// Reads everything into memory. Throws Error(data) naming the tensor or key, or saying what else
/// the file is (PyTorch's pickle, GGUF, HDF5, ONNX-like zip); Error(memory) over a limit. Where the
/// file has checksums, all of it is checked.
SafeTensors read_safetensors(const std::string& path);
/// From a reader that knows its end: in.exact().
SafeTensors read_safetensors(Reader& in);

/// Writes atomically. With `checksums`, __metadata__ also holds, in hex, "sha256.NAME": SHA-256 of
/// the bytes of each tensor, and "sha256": SHA-256 of the header as compact JSON without this
/// entry. A flipped bit anywhere is then found. Names must differ and not be "__metadata__".
void write_safetensors(const std::string& path, const NamedArrays& tensors,
                       const Metadata& metadata = {}, bool checksums = false);
/// The same bytes, piece by piece.
using ByteSink = std::function<void(std::string_view)>;
void write_safetensors(const ByteSink& out, const NamedArrays& tensors,
                       const Metadata& metadata = {}, bool checksums = false);

}  // namespace nnrun
