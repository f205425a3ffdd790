#include "core/ops/checks.h"
#include "core/ops/norms.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_batch_norm_grad(const OpCall& c) {
  takes("batch_norm_grad", c, 0, sdk::kFloats);
  same_dtype("batch_norm_grad", c, 0, 4);
  const Shape& x = c.shape(1);
  const int64_t channels = channel_count("batch_norm_grad", x);
  need_shape("batch_norm_grad", "gy", c.shape(0), x);
  need_vector("batch_norm_grad", c, 2, "weight", channels);
  need_stats("batch_norm_grad", c, 3, channels);
  const Type vector{c.dtype(0), {channels}};
  return {{c.dtype(0), x}, vector, vector};
}

std::vector<Var> compose_batch_norm_grad(Builder&, const Attrs& a, std::span<const Var> in) {
  const Var gy = widened(in[0]), x = widened(in[1]), weight = widened(in[2]);
  const Ints dims = all_but_channels(x);
  const Var invstd = rsqrt(widened(in[4]) + a.number("eps"));
  const Var normal = (x - along_channels(widened(in[3]), x)) * along_channels(invstd, x);
  const Var gweight = sum(gy * normal, dims), gbias = sum(gy, dims);
  const double n = double(x.shape().numel()) / double(invstd.shape().numel());
  const Var projected = gy - along_channels(gbias / n, x) - normal * along_channels(gweight / n, x);
  const Var gx = projected * along_channels(weight ? weight * invstd : invstd, x);
  const DType t = in[0].dtype();
  return {cast(gx, t), cast(gweight, t), cast(gbias, t)};
}

}  // namespace

OpDef op_batch_norm_grad() {
  OpDef d;
  d.name = "batch_norm_grad";
  d.doc = "gradients of batch_norm's y for x, weight and bias, from gy, x, weight, mean and var";
  d.min_in = 2;
  d.max_in = 5;
  d.n_out = 3;
  d.attrs = {attr("eps", 1e-5, "added to the variance").at_least(0)};
  d.infer = infer_batch_norm_grad;
  d.compose = compose_batch_norm_grad;
  d.samples = {{{{{4, 3}}, {{4, 3}}, {{3}}, {{3}}, {{3}, 0.5, 2}}, {}},
               {{{{2, 3, 4, 5}}, {{2, 3, 4, 5}}, {{3}}, {{3}}, {{3}, 0.5, 2}}, {{"eps", 1e-3}}},
               {{{{0, 2, 3}}, {{0, 2, 3}}, {{2}}, {{2}}, {{2}, 0.5, 2}}, {}}};
  return d;
}

}  // namespace nnrun
