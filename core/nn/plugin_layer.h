// A plug-in's layer as a LayerDef.
#pragma once

#include "core/nn/layer.h"
#include "core/plugin/plugins.h"

namespace nnrun {

/// The declarations are those the plug-in was loaded with; building calls it through the builder of
/// the ABI. An error of the plug-in is Error(model) in its own words, with the plug-in's name.
LayerDef plugin_layer_def(const PluginLayer& layer);

}  // namespace nnrun
