#include "core/ops/checks.h"
#include "core/ops/norms.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_layer_norm_grad(const OpCall& c) {
  takes("layer_norm_grad", c, 0, sdk::kFloats);
  same_dtype("layer_norm_grad", c, 0, 4);
  const Shape& x = c.shape(1);
  const NormSplit s = norm_split("layer_norm_grad", c.attrs, x);
  need_shape("layer_norm_grad", "gy", c.shape(0), x);
  if (c.has(2)) need_shape("layer_norm_grad", "weight", c.shape(2), s.trailing_sizes);
  if (!c.has(3) || !c.has(4)) op_error("layer_norm_grad", "needs a mean and an rstd");
  need_shape("layer_norm_grad", "mean", c.shape(3), s.stats);
  need_shape("layer_norm_grad", "rstd", c.shape(4), s.stats);
  const Type weight{c.dtype(0), s.trailing_sizes};
  return {{c.dtype(0), x}, weight, weight};
}

std::vector<Var> compose_layer_norm_grad(Builder&, const Attrs& a, std::span<const Var> in) {
  const Var gy = widened(in[0]), x = widened(in[1]), rstd = widened(in[4]);
  const NormSplit s = norm_split("layer_norm_grad", a, x.shape());
  const Var normal = (x - widened(in[3])) * rstd;
  const Var g = in[2] ? gy * widened(in[2]) : gy;
  const Var gx =
      (g - mean(g, s.trailing, true) - normal * mean(g * normal, s.trailing, true)) * rstd;
  const DType t = in[0].dtype();
  return {cast(gx, t), cast(sum_to(gy * normal, s.trailing_sizes), t),
          cast(sum_to(gy, s.trailing_sizes), t)};
}

}  // namespace

OpDef op_layer_norm_grad() {
  OpDef d;
  d.name = "layer_norm_grad";
  d.doc = "gradients of layer_norm's y for x, weight and bias, from gy, x, weight, mean and rstd";
  d.min_in = 2;
  d.max_in = 5;
  d.n_out = 3;
  d.attrs = {normalized_dims_attr()};
  d.infer = infer_layer_norm_grad;
  d.compose = compose_layer_norm_grad;
  d.samples = {{{{{4, 7}}, {{4, 7}}, {{7}}, {{4, 1}}, {{4, 1}, 0.5, 2}}, {}},
               {{{{2, 3, 4, 5}}, {{2, 3, 4, 5}}, {{4, 5}}, {{2, 3, 1, 1}}, {{2, 3, 1, 1}, 0.5, 2}},
                {{"normalized_dims", 2}}},
               {{{{0, 6}}, {{0, 6}}, {{6}}, {{0, 1}}, {{0, 1}, 0.5, 2}}, {}}};
  return d;
}

}  // namespace nnrun
