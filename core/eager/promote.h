// The dtype in which operands of several dtypes meet: PyTorch's rules.
#pragma once

#include "core/eager/call.h"

namespace nnrun {

/// The smallest dtype that both fit into; a float beats whole numbers.
ScalarType promote_types(ScalarType a, ScalarType b);
/// A tensor of some dimensions decides; one without has a say only by kind (bool, whole, float),
/// and a number of the program less than that.
ScalarType result_type(const Tensor& a, const Tensor& b);
ScalarType result_type(const Tensor& a, const Scalar& b);
ScalarType result_type(const Scalar& a, const Tensor& b);

/// x as that dtype; x itself when it is. Recorded. Throws Error(model) for a float on the host that
/// no whole number of that dtype stands for.
Tensor cast_to(const Tensor& x, ScalarType t);
/// A tensor without dimensions that holds v; the usual ones are made once.
Tensor scalar_tensor(const EagerDevice& device, ScalarType t, const Scalar& v);
/// Lets go of those of this thread.
void forget_scalars();

}  // namespace nnrun
