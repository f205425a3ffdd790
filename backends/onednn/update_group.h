// Groups of this backend: all updates of a step as one pass over all parameters. Most parameters of
// most models are small (biases, the weights of norms), and a launch each takes longer than they
// do.
#pragma once

#include <nnrun/abi/compiler.h>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// Names the updates in a graph that one optimizer makes at one moment: of the same op, learning
/// rate, step and check.
void claim_updates(const nnr_graph& g, nnr_group_fn group, void* arg);

KernelDef update_group_kernel();

}  // namespace nnrun::onednn
