#include "core/ops/checks.h"
#include "core/ops/norms.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_batch_norm(const OpCall& c) {
  takes("batch_norm", c, 0, sdk::kFloats);
  same_dtype("batch_norm", c, 0, c.in.size() - 1);
  const Shape& x = c.shape(0);
  const int64_t channels = channel_count("batch_norm", x);
  need_vector("batch_norm", c, 1, "weight", channels);
  need_vector("batch_norm", c, 2, "bias", channels);
  if (channels > 0 && x.numel() == channels) {
    op_error("batch_norm",
             "needs more than 1 value per channel to train, input has shape " + x.str());
  }
  const Type stats{c.dtype(0), {channels}};
  return {{c.dtype(0), x}, stats, stats};
}

std::vector<Var> compose_batch_norm(Builder&, const Attrs& a, std::span<const Var> in) {
  const Var x = widened(in[0]);
  const Ints dims = all_but_channels(x);
  const Var m = mean(x, dims);
  const Var centred = x - along_channels(m, x);
  const Var v = mean(centred * centred, dims);
  Var y = centred * along_channels(rsqrt(v + a.number("eps")), x);
  if (in.size() > 1 && in[1]) y = y * along_channels(widened(in[1]), x);
  if (in.size() > 2 && in[2]) y = y + along_channels(widened(in[2]), x);
  const DType t = in[0].dtype();
  return {cast(y, t), cast(m, t), cast(v, t)};
}

std::vector<Var> gradient_batch_norm(Builder& b, const GradCall& c) {
  const Var x = c.in[0], weight = c.in.size() > 1 ? c.in[1] : Var{};
  std::vector<Var> gin(c.in.size());
  if (c.gout[0]) {
    const Var operands[] = {c.gout[0], x, weight, c.out[1], c.out[2]};
    const std::vector<Var> g = b.call("batch_norm_grad", operands, c.attrs);
    for (size_t i = 0; i < gin.size(); ++i) {
      if (c.want[i]) gin[i] = g[i];
    }
  }
  if (!c.want[0]) return gin;
  // What flows into the statistics themselves: d mean = 1/n, d var = 2 (x - mean)/n.
  const double n = double(x.shape().numel()) / double(c.out[1].shape().numel());
  const auto add_to_x = [&](Var g) { gin[0] = gin[0] ? gin[0] + g : expand(g, x.shape()); };
  if (c.gout[1]) add_to_x(along_channels(c.gout[1] / n, x));
  if (c.gout[2]) {
    add_to_x(along_channels(c.gout[2] * (2 / n), x) * (x - along_channels(c.out[1], x)));
  }
  return gin;
}

}  // namespace

OpDef op_batch_norm() {
  OpDef d;
  d.name = "batch_norm";
  d.doc =
      "training form, over all dimensions of x but 1: y = (x - mean) / sqrt(var + eps) * weight + "
      "bias, and the batch's mean and biased variance (C)";
  d.max_in = 3;
  d.n_out = 3;
  d.attrs = {attr("eps", 1e-5, "added to the variance").at_least(0)};
  d.infer = infer_batch_norm;
  d.compose = compose_batch_norm;
  d.gradient = gradient_batch_norm;
  d.samples = {{{{{4, 3}}, {{3}}, {{3}}}, {}},
               {{{{2, 3, 4, 5}}, {{3}}, {{3}}}, {{"eps", 1e-3}}},
               {{{{3, 2, 7}}}, {}}};
  return d;
}

}  // namespace nnrun
