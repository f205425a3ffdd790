// The features that the model file picks, out of what a source read.
#pragma once

#include <string>
#include <vector>

#include "core/data/data.h"

namespace nnrun {

/// (N, features) float32 of a table: each name is a column, its number from 0, or an expression
/// (expression.h). Throws Error(model) for a name that is none, and at the cell, with the table's
/// code, for a cell that is no number or where an expression is not finite.
Array features_of(const RawData& table, const std::vector<std::string>& names);

/// The features as samples of `sample_shape`: a missing axis of length 1 in front is added. Throws
/// an Error of the given code, naming both shapes, when they do not fit.
Array as_samples(const Array& features, const Shape& sample_shape, Code code);

}  // namespace nnrun
