#include "core/ops/norms.h"

#include "core/ops/checks.h"
#include "core/ops/rules.h"

namespace nnrun {

int64_t channel_count(const std::string& op, const Shape& x) {
  if (x.rank() < 2) {
    op_error(op, "input has shape " + x.str() + "; (N, C, ...) is needed");
  }
  return x[1];
}

void need_stats(const std::string& op, const OpCall& c, size_t first, int64_t channels) {
  if (!c.has(first) || !c.has(first + 1)) op_error(op, "needs a mean and a variance");
  need_vector(op, c, first, "mean", channels);
  need_vector(op, c, first + 1, "variance", channels);
}

Ints all_but_channels(Var x) {
  Ints dims{0};
  for (int i = 2; i < x.rank(); ++i) dims.push_back(i);
  return dims;
}

AttrDecl normalized_dims_attr() {
  return attr("normalized_dims", 1, "how many of the last dimensions are normalised together")
      .range(1, 8);
}

NormSplit norm_split(const std::string& op, const Attrs& a, const Shape& x) {
  const int64_t n = a.integer("normalized_dims");
  if (n > x.rank()) {
    op_error(op, "normalises " + std::to_string(n) + " dimensions, input has shape " + x.str());
  }
  NormSplit s;
  for (int i = 0; i < x.rank(); ++i) {
    const bool trailing = i >= x.rank() - n;
    (trailing ? s.trailing : s.leading).push_back(i);
    if (trailing) s.trailing_sizes.push_back(x[i]);
    s.stats.push_back(trailing ? 1 : x[i]);
  }
  return s;
}

}  // namespace nnrun
