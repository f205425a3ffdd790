// JSON Schema (draft-07) of model files, from the tables that read_spec checks against: completion
// and checking in editors (yaml-language-server), plug-in layers included.
#pragma once

#include <string>

namespace nnrun {

/// With the losses, optimizers, sources and layers that are known at the time of the call.
std::string json_schema();

}  // namespace nnrun
