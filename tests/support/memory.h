// How much memory this process has touched.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace nnrun::test {

/// A number of /proc/self/status, such as "VmRSS:" (in kB) or "Threads:".
inline int64_t of_this_process(const std::string& what) {
  std::ifstream f("/proc/self/status");
  int64_t n = 0;
  for (std::string word; f >> word;) {
    if (word == what && f >> n) return n;
  }
  return -1;
}

}  // namespace nnrun::test
