#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_unflatten() {
  LayerDef d;
  d.name = "Unflatten";
  d.doc = "one dimension as several";
  d.attrs = {
      required_attr("dim", AttrKind::integer, "the dimension; 0 is the batch"),
      required_attr("unflattened_size", AttrKind::integer, "the sizes it becomes; one may be -1")
          .at_least(-1)
          .count(1, Shape::kMaxRank)};
  d.build = [](LayerScope& s) {
    const Shape& x = s.shape();
    const int dim = normal_dim(s.attrs.integer("dim"), x.rank(), "unflatten");
    const Ints& sizes = s.attrs.integers("unflattened_size");
    int64_t known = 1, open = 0;
    for (int64_t n : sizes) n < 0 ? open += 1 : known = checked_mul(known, n);
    const bool fits = open == 0 ? known == x[dim] : open == 1 && known > 0 && x[dim] % known == 0;
    if (!fits) {
      s.fail("unflattened_size", "unflattened_size is " + AttrValue(sizes).str() +
                                     ", but the layer before it gives " + sample_text(x) +
                                     ", whose dimension " + std::to_string(dim) + " has " +
                                     std::to_string(x[dim]));
    }
    Shape y(x.begin(), x.begin() + dim);
    for (int64_t n : sizes) y.push_back(n < 0 ? x[dim] / known : n);
    for (int i = dim + 1; i < x.rank(); ++i) y.push_back(x[i]);
    return reshape(s.x(), y);
  };
  return d;
}

}  // namespace nnrun
