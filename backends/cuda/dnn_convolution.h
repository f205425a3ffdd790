// Convolutions by cuDNN, beside those of this backend.
#pragma once

#include <vector>

#include <nnrun/sdk/kernel.hpp>

namespace nnrun::cuda {

/// cuDNN's way of conv2d, conv2d_grad_input or conv2d_grad_weight, then this backend's own. A build
/// without cuDNN's headers has no more of it than the reason.
std::vector<sdk::KernelDef> with_dnn(const sdk::KernelDef& own);

}  // namespace nnrun::cuda
