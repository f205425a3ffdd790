// Reverse-mode differentiation of a traced graph: the gradient of one scalar, appended to the same
// graph as ordinary nodes, so that it can be planned, fused, printed and differentiated again.
#pragma once

#include <span>
#include <vector>

#include "core/ops/builder.h"

namespace nnrun {

/// d loss / d wrt[i] for each i; a null handle where the loss does not depend on it. `loss` has one
/// element. Throws Error(model) naming the op and the layer when a gradient would have to flow
/// through an op that has none.
std::vector<Var> differentiate(GraphBuilder& b, Var loss, std::span<const Var> wrt);

}  // namespace nnrun
