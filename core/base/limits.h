// The limits every parser and reader keeps, in one place. They bound what a hostile or damaged file
// can cost; honest files are far below them.
#pragma once

#include <cstdint>

namespace nnrun {

struct Limits {
  int64_t model_bytes = 1 << 20;           // a model file
  int64_t nodes = 100'000;                 // of its tree
  int64_t alias_nodes = 10'000;            // that aliases may add to it
  int depth = 64;                          // of nesting, in YAML and JSON
  int64_t tensors = 65'536;                // in one file
  int rank = 8;                            // dimensions of a tensor
  int64_t name_bytes = 1024;               // of a tensor or entry
  int64_t header_bytes = 16 << 20;         // of a safetensors or npy header
  int64_t record_bytes = 16 << 20;         // of one CSV row
  int64_t columns = 65'536;                // of a CSV file
  int64_t inflate_ratio = 200;             // gz and zip, above 1 MiB of output
  int64_t data_bytes = int64_t{16} << 30;  // of one data file in memory
};

/// The limits in force. Changed at start-up only, before other threads run.
inline Limits& limits() {
  static Limits l;
  return l;
}

}  // namespace nnrun
