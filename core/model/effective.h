// The effective configuration: a Spec as a model file again, with every default filled in and paths
// that hold from any folder, so that it reruns alone. Reading it gives the same configuration.
#pragma once

#include <string>

#include "core/model/spec.h"
#include "core/model/tree.h"

namespace nnrun {

/// Values carry the place where they were given; a default has none.
Tree effective_tree(const Spec& spec);

std::string to_yaml(const Spec& spec);

/// The same, each value followed by where it comes from: "# mlp.yaml:12", "# command line" or
/// "# default".
std::string to_yaml_with_origins(const Spec& spec);

}  // namespace nnrun
