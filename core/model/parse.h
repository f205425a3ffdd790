// YAML text -> Tree. What is accepted is the common core of YAML 1.2: one document, unique keys, no
// tags; anchors and `<<` within limits(). Errors say the cause, at the token that caused it.
#pragma once

#include <string>
#include <string_view>

#include "core/model/tree.h"

namespace nnrun {

/// Any one document; an empty one is null. `start` is the place of the text's first byte. Throws
/// Error(model), or Error(usage) when start lies on the command line.
Tree parse_yaml(std::string_view text, const Where& start);

/// A model file or overlay: a mapping at the top. Throws as parse_yaml does.
Tree parse_model(std::string_view text, const std::string& file);

/// The text of a model file: a regular file of at most limits().model_bytes, or stdin for "-".
/// Throws Error(model).
std::string read_model_text(const std::string& file);

}  // namespace nnrun
