// Components: losses, optimizers, schedulers, sources and layers, which all are a `type` with
// arguments and differ in where their types are found.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/model/issues.h"
#include "core/model/schema.h"
#include "core/model/spec.h"

namespace nnrun {

/// What reading collects on its way.
struct ReadContext {
  Issues issues;
  std::string base_dir;                  // of the model file, "" when it has none
  std::map<std::string, Where> origins;  // of each given value, by its path
};

/// A component in its long form: a mapping with `type`, the short form's arguments under their
/// names.
struct ComponentTree {
  ComponentType type;
  Where where;  // of the type
  Tree map;
};

/// Throws Error: unknown type, an argument too many or twice.
ComponentTree read_component_tree(const Tree& tree, const ComponentKind& kind,
                                  const std::string& path);

struct Arguments {
  Attrs given;     // as the file has them, of the declared kinds
  Attrs complete;  // with defaults; parts of it only when errors were found
  std::map<std::string, Where> marks;
};

/// The keys of c.map that are not in `reserved`, checked against the type's declarations. `owner`
/// begins messages ("SGD", "Linear 'out'"). Errors go to the context.
Arguments read_arguments(ReadContext& context, const ComponentTree& c,
                         const std::vector<std::string>& reserved, const std::string& owner,
                         const std::string& path);

/// `loss: CrossEntropyLoss`, `{type: Adam, lr: 0.1}`. Errors go to the context.
ComponentSpec read_component(ReadContext& context, const Tree& tree, const ComponentKind& kind,
                             const std::string& path);

}  // namespace nnrun
