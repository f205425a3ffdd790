#include "core/nn/layer_parts.h"

namespace nnrun {

LayerDef layer_embedding() {
  LayerDef d;
  d.name = "Embedding";
  d.doc = "a learned vector for each index";
  d.attrs = {required_attr("num_embeddings", AttrKind::integer, "how many vectors").at_least(1),
             required_attr("embedding_dim", AttrKind::integer, "their size").at_least(1),
             optional_attr("padding_idx", AttrKind::integer,
                           "an index whose vector starts as zeros and does not learn")};
  d.takes_indices = true;
  d.build = [](LayerScope& s) {
    const Attrs& a = s.attrs;
    const int64_t n = a.integer("num_embeddings"), dim = a.integer("embedding_dim");
    Attrs op;
    Init init = Init::normal(0, 1);
    if (a.has("padding_idx")) {
      const int64_t given = a.integer("padding_idx");
      if (given < -n || given >= n) {
        s.fail("padding_idx", "padding_idx is " + std::to_string(given) + ", expected between " +
                                  std::to_string(-n) + " and " + std::to_string(n - 1));
      }
      init.zero_row = given < 0 ? given + n : given;
      op.set("padding_idx", init.zero_row);
    }
    Var weight = s.param("weight", {s.dtype, {n, dim}}, init);
    return s.b.call1("embedding", {weight, cast(s.x(), DType::int64)}, op);
  };
  return d;
}

}  // namespace nnrun
