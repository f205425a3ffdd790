// What the normalisations share.
#pragma once

#include <string>

#include "core/ops/functions.h"
#include "core/ops/op.h"

namespace nnrun {

/// The size of dimension 1; throws Error(model) when there is none.
int64_t channel_count(const std::string& op, const Shape& x);
/// Operands `first` and `first` + 1, mean and variance per channel, which must be there.
void need_stats(const std::string& op, const OpCall& c, size_t first, int64_t channels);
Ints all_but_channels(Var x);

/// The last `normalized_dims` dimensions, checked; and those before them.
struct NormSplit {
  Ints leading, trailing;
  Shape trailing_sizes, stats;  // stats: the shape of x with the trailing sizes 1
};
AttrDecl normalized_dims_attr();
NormSplit norm_split(const std::string& op, const Attrs& a, const Shape& x);

}  // namespace nnrun
