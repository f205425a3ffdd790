// Which nnrun this is.
#pragma once

#include <string>

#pragma GCC visibility push(default)  // exported by the shared library
namespace nnrun {

/// "0.1.0 (oneDNN ..., Boost ..., yaml-cpp ...)": the library's own version and what it was built
/// with.
std::string version();

}  // namespace nnrun
#pragma GCC visibility pop
