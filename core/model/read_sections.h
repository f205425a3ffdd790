// The parts of read_spec, one per section. Errors go to the context.
#pragma once

#include <string>
#include <vector>

#include "core/model/component.h"
#include "core/model/spec.h"

namespace nnrun {

BackendSpec read_backend(ReadContext& context, const Tree* tree);
void read_plugin_section(ReadContext& context, const Tree* tree, std::vector<std::string>* path,
                         std::vector<PluginSpec>* load);
DataConfig read_data(ReadContext& context, const Tree& tree);
ModelSpec read_model(ReadContext& context, const Tree* tree);
TrainingSpec read_training(ReadContext& context, const Tree& tree);
OutputSpec read_output(ReadContext& context, const Tree* tree);

/// The folder that relative paths of a value start in: of the model file or overlay that it stands
/// in, the current one ("") for the command line.
std::string base_dir_of(const ReadContext& context, const Where& where);

/// A path as seen from the current folder.
std::string join_path(const std::string& base_dir, const std::string& path);
/// The same path from any folder.
std::string absolute_path(const std::string& path);

}  // namespace nnrun
