// Gradient clipping, as torch.nn.utils does it, as ops.
#pragma once

#include <vector>

#include "core/ops/builder.h"

namespace nnrun {

/// The gradients times min(1, max_norm / (norm + 1e-6)), where norm is the Euclidean norm of all
/// their elements together, computed in float32 or wider. Null handles stay null.
std::vector<Var> clip_grad_norm(Builder& b, std::vector<Var> grads, double max_norm);

/// Each element of the gradients moved into [-clip_value, clip_value]. Null handles stay null.
std::vector<Var> clip_grad_value(Builder& b, std::vector<Var> grads, double clip_value);

}  // namespace nnrun
