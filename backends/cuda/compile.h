// CUDA C++ text to machine code by NVRTC, kept on disk.
#pragma once

#include <string>
#include <vector>

namespace nnrun::cuda {

/// Code for the architecture "sm_90". Kept in $XDG_CACHE_HOME/nnrun/cuda (or ~/.cache) under the
/// hash of source, architecture, NVRTC's version and options, beside the source itself; a cache
/// that cannot be read or written is done without. Throws Failure(UNSUPPORTED) without NVRTC, and
/// Failure(INTERNAL) with the compiler's words.
std::vector<char> compile(const std::string& source, const std::string& architecture);

}  // namespace nnrun::cuda
