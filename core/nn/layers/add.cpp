#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_add() {
  LayerDef d;
  d.name = "Add";
  d.doc = "the sum of its inputs, whose shapes broadcast";
  d.min_in = 2;
  d.max_in = -1;
  d.build = [](LayerScope& s) {
    Var y = s.in[0];
    for (size_t i = 1; i < s.in.size(); ++i) y = y + s.in[i];
    return y;
  };
  return d;
}

}  // namespace nnrun
