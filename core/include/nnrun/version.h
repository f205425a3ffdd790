// Which nnrun this is.
#pragma once

#include <string>

namespace nnrun {

/// "0.1.0 (oneDNN ..., Boost ..., yaml-cpp ...)": the library's own version and what it was built
/// with.
std::string version();

}  // namespace nnrun
