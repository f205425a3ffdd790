// SHA-256 as 64 lower-case hex digits.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/file.h"

namespace nnrun {

/// Fed in pieces; hex() ends it, once.
class Sha256 {
 public:
  Sha256();
  void update(const void* data, size_t n);
  std::string hex();

 private:
  std::shared_ptr<void> context_;
};

std::string sha256(std::string_view bytes);
/// Of the open file, not of what its name means later.
std::string sha256(const InputFile& file);

}  // namespace nnrun
