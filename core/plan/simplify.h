// Rewrites of a graph that compute the same with less: what no kernel sees, because it is about
// more than one op, and no compiler can know, because it is about more than one backend.
//
//   relu, then max_pool2d   the other way round: both are monotone, and a pool makes fewer values.
//                           Their gradients are turned round with them. The same bits.
//   conv2d, then            one conv2d with other weights, which depend on parameters alone and so
//   batch_norm_inference    are computed once (hoist.h). The same to rounding.
//   cast, then cast back    nothing, where the first loses nothing. The same bits.
#pragma once

#include "core/graph/graph.h"

namespace nnrun {

Graph simplified(Graph g);

}  // namespace nnrun
