// Checks and precision rules that the neural-network ops share. All checks throw Error(model)
// "[op] what: found and expected".
#pragma once

#include <string>

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {

/// `what` names the operand in the message: "weight".
void need_rank(const std::string& op, const char* what, const Shape& shape, int rank);
void need_shape(const std::string& op, const char* what, const Shape& found, const Shape& expected);

/// A rank-1 operand of `size` elements (one per channel, feature or class), where it is present.
void need_vector(const std::string& op, const OpCall& c, size_t operand, const char* what,
                 int64_t size);

/// A random state: int64 of shape (4,).
void need_random_state(const std::string& op, const OpCall& c, size_t operand);

/// Compositions compute 16-bit floats in float32, and round a result once: `cast(y, x.dtype())`.
inline DType wide(DType t) { return size_of(t) == 2 ? DType::float32 : t; }
inline Var widened(Var x) { return x ? cast(x, wide(x.dtype())) : x; }

/// A vector over dimension 1 of `x`, shaped (1, C, 1, ...) so that it broadcasts against x.
Var along_channels(Var vector, Var x);

}  // namespace nnrun
