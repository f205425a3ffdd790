#include "core/ops/checks.h"
#include "core/ops/norms.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_layer_norm(const OpCall& c) {
  takes("layer_norm", c, 0, sdk::kFloats);
  same_dtype("layer_norm", c, 0, c.in.size() - 1);
  const NormSplit s = norm_split("layer_norm", c.attrs, c.shape(0));
  if (c.has(1)) need_shape("layer_norm", "weight", c.shape(1), s.trailing_sizes);
  if (c.has(2)) need_shape("layer_norm", "bias", c.shape(2), s.trailing_sizes);
  const Type stats{c.dtype(0), s.stats};
  return {{c.dtype(0), c.shape(0)}, stats, stats};
}

std::vector<Var> compose_layer_norm(Builder&, const Attrs& a, std::span<const Var> in) {
  const Var x = widened(in[0]);
  const Ints dims = norm_split("layer_norm", a, x.shape()).trailing;
  const Var m = mean(x, dims, true), centred = x - m;
  const Var rstd = rsqrt(mean(centred * centred, dims, true) + a.number("eps"));
  Var y = centred * rstd;
  if (in.size() > 1 && in[1]) y = y * widened(in[1]);
  if (in.size() > 2 && in[2]) y = y + widened(in[2]);
  const DType t = in[0].dtype();
  return {cast(y, t), cast(m, t), cast(rstd, t)};
}

std::vector<Var> gradient_layer_norm(Builder& b, const GradCall& c) {
  const Var x = c.in[0], weight = c.in.size() > 1 ? c.in[1] : Var{};
  const Var m = c.out[1], rstd = c.out[2];
  std::vector<Var> gin(c.in.size());
  if (c.gout[0]) {
    const Var operands[] = {c.gout[0], x, weight, m, rstd};
    const std::vector<Var> g = b.call("layer_norm_grad", operands,
                                      {{"normalized_dims", c.attrs.integer("normalized_dims")}});
    for (size_t i = 0; i < gin.size(); ++i) {
      if (c.want[i]) gin[i] = g[i];
    }
  }
  if (!c.want[0]) return gin;
  // What flows into the statistics themselves: d mean = 1/n, d rstd = -rstd^3 (x - mean)/n.
  const double n = double(x.shape().numel()) / double(m.shape().numel());
  const auto add_to_x = [&](Var g) { gin[0] = gin[0] ? gin[0] + g : expand(g, x.shape()); };
  if (c.gout[1]) add_to_x(c.gout[1] / n);
  if (c.gout[2]) add_to_x((x - m) * (c.gout[2] * rstd * rstd * rstd * (-1 / n)));
  return gin;
}

}  // namespace

OpDef op_layer_norm() {
  OpDef d;
  d.name = "layer_norm";
  d.doc =
      "over the last dimensions: y = (x - mean) rstd weight + bias, rstd = 1 / sqrt(var + eps), "
      "and mean and rstd, the normalised dimensions of size 1";
  d.max_in = 3;
  d.n_out = 3;
  d.attrs = {normalized_dims_attr(), attr("eps", 1e-5, "added to the variance").at_least(0)};
  d.infer = infer_layer_norm;
  d.compose = compose_layer_norm;
  d.gradient = gradient_layer_norm;
  d.samples = {{{{{4, 7}}, {{7}}, {{7}}}, {}},
               {{{{2, 3, 4, 5}}, {{4, 5}}, {{4, 5}}}, {{"normalized_dims", 2}, {"eps", 1e-3}}},
               {{{{3, 5}}}, {{"normalized_dims", 2}}},
               {{{{0, 6}}, {{6}}, {{6}}}, {}}};
  return d;
}

}  // namespace nnrun
