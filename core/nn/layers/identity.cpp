#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_identity() {
  LayerDef d;
  d.name = "Identity";
  d.doc = "x itself";
  d.build = [](LayerScope& s) { return s.x(); };
  return d;
}

}  // namespace nnrun
