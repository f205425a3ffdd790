// Groups of this backend: ops that are maps over one shape and feed one another, as one kernel.
// What lies between them stays in registers, rounded to its dtype as if it had been stored.
#pragma once

#include <nnrun/abi/compiler.h>

#include "backends/cuda/launch.h"

namespace nnrun::cuda {

void claim_chains(const nnr_graph& g, nnr_group_fn group, void* arg);
KernelDef chain_kernel();

}  // namespace nnrun::cuda
