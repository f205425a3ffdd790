// Values: scalars and lists of a Tree read by what the schema wants there, never by what they look
// like: 1e-3 is a number, 010 is an error, yes is no boolean.
#pragma once

#include <string>

#include "core/graph/attrs.h"
#include "core/model/tree.h"

namespace nnrun {

/// The value of a declared attribute, checked against its kind, range, count and choices. A choice
/// of an integer is a word that may stand instead of it ("auto"): the value is then a text. `what`
/// names it in messages: "training.epochs", "SGD: lr". Throws Error at the offending token.
AttrValue read_value(const Tree& tree, const AttrDecl& decl, const std::string& what);

/// A finite number or integer, whichever it is; for keys that are not declared. Throws Error.
AttrValue read_number(const Tree& tree, const std::string& what);

/// A text: any scalar. Throws Error.
std::string read_text(const Tree& tree, const std::string& what);

/// "an integer between 1 and 8", "a finite number > 0", "one of: mean, sum".
std::string expectation(const AttrDecl& decl);

/// "what is 'x', expected e".
std::string mismatch(const std::string& what, const Tree& got, const std::string& expected);

}  // namespace nnrun
