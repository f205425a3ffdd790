// What losses share.
#pragma once

#include <string>

#include "core/nn/loss.h"

namespace nnrun {

/// attribute reduction: mean or sum.
AttrDecl mean_or_sum_attr();

/// A loss that compares values of one shape by the op of that name, with attributes of the same
/// names.
LossDef value_loss(std::string name, std::string doc, std::string op, std::vector<AttrDecl> attrs);

/// A loss of (N, C, ...) against classes (N, ...) by the op of that name.
LossDef class_loss(std::string name, std::string doc, std::string op, std::vector<AttrDecl> attrs);

}  // namespace nnrun
