// Groups of this backend: gradients of weights that are matrix products, the check that all
// gradients are finite, and the updates that use them. A piece of a gradient is used up while it is
// in the first cache; the gradient as a whole lies nowhere.
#pragma once

#include <nnrun/abi/compiler.h>

#include "backends/onednn/kernels.h"

namespace nnrun::onednn {

/// Names such groups in a graph: one for each check.
void claim_gradient_updates(const nnr_graph& g, nnr_group_fn group, void* arg);

KernelDef gradient_update_kernel();

}  // namespace nnrun::onednn
