// Lints: model files that work and are probably not what was meant. Here are those that the file
// alone shows; data and plan add theirs under the names in lint_names().
#pragma once

#include <string>
#include <vector>

#include "core/base/diagnostics.h"
#include "core/model/spec.h"

namespace nnrun {

/// Every lint there is, sorted: what `lint: {off: [...]}` may name.
std::vector<std::string> lint_names();

/// Warnings about a model file, sorted by line, without those it turns off.
std::vector<Warning> lint(const Spec& spec);

}  // namespace nnrun
