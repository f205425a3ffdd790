// Tree -> YAML text that parses back to the same tree.
#pragma once

#include <functional>
#include <string>

#include "core/model/tree.h"

namespace nnrun {

/// Block style; lists of scalars on one line. `comment`, when given, says what stands behind each
/// value as "  # ...", from the place the value carries; an item of a list without a place of its
/// own has the list's.
std::string emit_yaml(const Tree& tree,
                      const std::function<std::string(const Where&)>& comment = nullptr);

/// A scalar that must read as a text ("3", "true", "a: b" get quotes).
Tree text_scalar(std::string text);

}  // namespace nnrun
