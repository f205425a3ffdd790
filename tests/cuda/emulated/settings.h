// What an emulated GPU is like: $NNRUN_EMULATED_CUDA holds "name=number" pairs apart by spaces.
#pragma once

#include <cstdlib>
#include <sstream>
#include <string>

namespace nnrun::emulated {

inline long long setting(const std::string& name, long long otherwise) {
  const char* all = std::getenv("NNRUN_EMULATED_CUDA");
  std::istringstream words(all == nullptr ? "" : all);
  for (std::string w; words >> w;) {
    if (w.rfind(name + "=", 0) == 0) return std::atoll(w.c_str() + name.size() + 1);
  }
  return otherwise;
}

/// Exported by every emulated program: where a thread finds itself, and how it waits.
struct Threads {
  struct Dim3 {
    unsigned x, y, z;
  };
  Dim3 thread, block, block_size, grid;
  void (*barrier)();
};

}  // namespace nnrun::emulated
