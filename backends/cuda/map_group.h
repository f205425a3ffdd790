// Groups of this backend: maps as one launch. Those over one shape that feed one another are a
// chain; chains that do the same to tensors of any sizes are streams of one launch. Most parameters
// of most models are smaller than what a GPU does while it is handed a launch: with the scaling and
// casting of their gradients, their updates are one.
#pragma once

#include <nnrun/abi/compiler.h>

#include "backends/cuda/launch.h"

namespace nnrun::cuda {

void claim_maps(const nnr_graph& g, nnr_group_fn group, void* arg);
KernelDef map_group_kernel();

}  // namespace nnrun::cuda
