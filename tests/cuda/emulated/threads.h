// The threads of a kernel, run one after another on this thread of the host.
#pragma once

#include <functional>

#include "tests/cuda/emulated/settings.h"

namespace nnrun::emulated {

/// Calls body once for each thread of each block. waits: whether threads use the barrier; then each
/// has a stack of its own, and between two barriers they run in turns forward and backward, so
/// that one that is missing shows. One call at a time in the process.
void run_blocks(Threads& at, unsigned blocks, unsigned threads, bool waits,
                const std::function<void()>& body);

}  // namespace nnrun::emulated
