// Groups of this backend, under `math: fast`: the gradients of a linear layer's weight and bias, of
// which the second is the sums of a factor of the first, by one product of cuBLASLt. It adds up in
// an order of its own.
#pragma once

#include <nnrun/abi/compiler.h>

#include "backends/cuda/launch.h"

namespace nnrun::cuda {

void claim_weight_gradients(const nnr_graph& g, nnr_group_fn group, void* arg);
KernelDef weight_gradient_kernel();

}  // namespace nnrun::cuda
