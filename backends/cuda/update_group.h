// Groups of this backend: all updates that an optimizer makes at one moment, as one launch. Most
// parameters of most models are smaller than what a GPU does while it is handed a launch.
#pragma once

#include <nnrun/abi/compiler.h>

#include "backends/cuda/launch.h"

namespace nnrun::cuda {

/// Names the updates of one op, learning rate, step and check that do the same to their elements.
void claim_updates(const nnr_graph& g, nnr_group_fn group, void* arg);
KernelDef update_group_kernel();

}  // namespace nnrun::cuda
