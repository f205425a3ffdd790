// Options of the public API as attributes.
#pragma once

#include <nnrun/nn/support.h>

#include "core/graph/attrs.h"

namespace nnrun {

Attrs to_attrs(const Options& options);

}  // namespace nnrun
