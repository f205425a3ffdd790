// What rand and randn share.
#pragma once

#include <string>

#include "core/ops/op.h"

namespace nnrun {

/// A primitive op of a random state (int64[4], see <nnrun/sdk/philox.hpp>) with attributes shape
/// and dtype.
OpDef random_op(std::string name, std::string doc);

}  // namespace nnrun
