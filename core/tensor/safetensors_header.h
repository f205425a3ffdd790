// The JSON header of a safetensors file, as values and as text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/safetensors.h"

namespace nnrun {

struct TensorEntry {
  std::string name;
  DType dtype = DType::float32;
  Shape shape;
  int64_t begin = 0, end = 0;  // in the data
};

struct SafetensorsHeader {
  std::vector<TensorEntry> tensors;
  Metadata metadata;
};

/// Reads and checks the header of a file with `data_bytes` of data: known dtypes, ranges that fit
/// the shapes and cover the data without gap or overlap; tensors come sorted by their data. Throws
/// Error(data), the message beginning with `file`.
SafetensorsHeader parse_safetensors_header(const std::string& file, std::string_view json,
                                           int64_t data_bytes);

/// Compact JSON, __metadata__ first (left out when empty), tensors in the order given.
std::string safetensors_header_text(const SafetensorsHeader& header);

/// "F32" and so on.
const char* safetensors_dtype(DType dtype);

}  // namespace nnrun
