#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_flatten() {
  LayerDef d;
  d.name = "Flatten";
  d.doc = "dimensions start_dim to end_dim as one";
  d.attrs = {attr("start_dim", 1, "the first of them; 0 is the batch"),
             attr("end_dim", -1, "the last of them")};
  d.build = [](LayerScope& s) {
    const Shape& x = s.shape();
    const int first = normal_dim(s.attrs.integer("start_dim"), x.rank(), "flatten");
    const int last = normal_dim(s.attrs.integer("end_dim"), x.rank(), "flatten");
    if (first > last) {
      s.fail("start_dim", "start_dim comes after end_dim for an input " + sample_text(x));
    }
    Shape y(x.begin(), x.begin() + first);
    int64_t n = 1;
    for (int i = first; i <= last && i < x.rank(); ++i) n = checked_mul(n, x[i]);
    y.push_back(n);
    for (int i = last + 1; i < x.rank(); ++i) y.push_back(x[i]);
    return reshape(s.x(), y);
  };
  return d;
}

}  // namespace nnrun
