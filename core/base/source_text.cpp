#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include <nnrun/diagnostics.h>

#include "core/base/limits.h"

namespace nnrun {

SourceText source_text(const std::vector<std::string>& overrides) {
  return [overrides](const std::string& file) -> std::optional<std::string> {
    if (file == "<override>") {
      std::string lines;
      for (const std::string& o : overrides) lines += o + "\n";
      return lines;
    }
    // A message must not fail, wait or grow: anything but a small regular file is not shown.
    struct stat s;
    if (::stat(file.c_str(), &s) != 0 || !S_ISREG(s.st_mode) || s.st_size > limits().model_bytes)
      return std::nullopt;
    std::ifstream in(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
}

}  // namespace nnrun
