#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_concat() {
  LayerDef d;
  d.name = "Concat";
  d.doc = "its inputs one after the other along dim";
  d.attrs = {attr("dim", 1, "the dimension that grows; 1: channels or features")};
  d.min_in = 2;
  d.max_in = -1;
  d.build = [](LayerScope& s) { return concat(s.in, s.attrs.integer("dim")); };
  return d;
}

}  // namespace nnrun
