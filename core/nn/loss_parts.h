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

/// Throws Error(model) naming both types unless the shapes are equal.
void expect_equal_shapes(const std::string& loss, Var prediction, Var target);

/// Numbers, one for each output, which may be left out.
AttrDecl class_numbers_attr(std::string name, std::string doc);
/// Those as a vector of x's dtype, or null; throws Error(model) when there are not `classes`.
Var class_numbers(Builder& b, const Attrs& a, const std::string& name, Var x, int64_t classes);

/// A loss of (N, C, ...) against classes (N, ...) by the op of that name, with attributes of the
/// same names beside `weight`, which comes first.
LossDef class_loss(std::string name, std::string doc, std::string op, std::vector<AttrDecl> attrs);

}  // namespace nnrun
