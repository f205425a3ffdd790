// Ops of plug-ins as ops of core: their C functions behind the std::functions of an OpDef.
#pragma once

#include <string>

#include <nnrun/plugin.h>

#include "core/ops/op.h"

namespace nnrun {

/// Both tables are checked (tables.h) and live until the process ends. Errors of their functions
/// name the op and `plugin`: NNR_E_INVALID is the model's fault (Error(model)), all else the
/// plug-in's (Error(backend)).
OpDef adapt_op(const nnr_op& op, const std::string& plugin);

/// The scalar as a composition: the op `formula` with the attributes' values put in. A derivative
/// that is given becomes the gradient, by formulas too. Throws Error(backend) when a formula does
/// not parse.
OpDef adapt_scalar(const nnr_scalar& s, const std::string& plugin);

}  // namespace nnrun
