// Wiring: the names of a list of layers and where each takes its inputs from.
#pragma once

#include <string>
#include <vector>

#include "core/nn/layer.h"

namespace nnrun {

struct Wiring {
  static constexpr int kInput = -1;      // the input of the list
  static constexpr int kUnknown = -2;    // an input that was reported
  std::vector<std::string> names;        // given, or the index in the list
  std::vector<std::vector<int>> inputs;  // of each layer: indices of earlier layers, or the above
};

/// Resolves names and inputs; layers run in the order they are listed, and the last one's output is
/// that of the list. Appends an Error(model) at the place of each duplicate or unusable name,
/// unknown or later input, cycle, and layer that does not contribute to the output. `prefix` is put
/// before names in messages ("block.layers.").
Wiring wire(const std::vector<LayerConfig>& layers, const std::string& prefix,
            std::vector<Error>& errors);

/// "Linear 'hidden'": how messages call a layer.
std::string layer_title(const LayerConfig& config, const std::string& full_name);

}  // namespace nnrun
