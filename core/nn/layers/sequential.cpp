#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_sequential() {
  LayerDef d;
  d.name = "Sequential";
  d.doc = "layers one after the other";
  d.container = true;
  d.build = [](LayerScope& s) { return s.sequence(s.config().layers, "", s.x()); };
  return d;
}

}  // namespace nnrun
