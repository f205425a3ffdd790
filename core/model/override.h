// Overrides: values changed from outside the file. They change the tree before it is read, so they
// are checked by the same schema, and errors point at the override.
#pragma once

#include <string>
#include <vector>

#include "core/model/tree.h"

namespace nnrun {

/// Applies one override; `number` (from 1) is its line in "<override>".
///
///   training.optimizer.lr=0.1        a value, in YAML's flow style; null is the default
///   model.layers.0.bias=false        an item of a list by its index,
///   model.layers.hidden.bias=false   or by its name
///   data.features=[x, y]             lists are replaced
///   training.optimizer={lr: 0.1}     mappings are merged; one with another `type` replaces
///   ~training.scheduler              removes a key or an item
///
/// A leading '+' means nothing: the schema tells what may be added. Throws Error(usage): no key
/// that the schema knows (with the nearest), no such item, a value that does not parse.
void apply_override(Tree& model, const std::string& text, int number);

/// Merges another model file's tree (--config) into this one by the rules of `{...}` above.
void apply_overlay(Tree& model, const Tree& overlay);

/// The text of "<override>" for diagnostics: one override per line.
std::string override_source(const std::vector<std::string>& overrides);

}  // namespace nnrun
