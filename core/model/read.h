// Tree -> Spec: the model file against its schema. All errors of the file are found at once.
//
// A model file names the plug-ins whose layers it uses, so it is read in two phases: read_plugins,
// then loading them, then read_spec.
#pragma once

#include <string>
#include <vector>

#include "core/model/spec.h"
#include "core/model/tree.h"

namespace nnrun {

/// What must be loaded before the rest can be read.
struct PluginSections {
  std::vector<std::string> path;  // folders to search, relative ones already joined
  std::vector<PluginSpec> load;
  BackendSpec backend;
};

/// Reads `nnrun`, `plugins` and `backend` alone. Throws Error(model), or Error(usage) when what is
/// wrong was said on the command line; the others (20 in all at most) in more(), sorted by place.
PluginSections read_plugins(const Tree& tree, const std::string& file);

/// Reads everything. `file` is the model file as given: relative paths in it start in its folder,
/// those of overlays in theirs, those on the command line in the current one. Throws as
/// read_plugins.
Spec read_spec(const Tree& tree, const std::string& file);

}  // namespace nnrun
