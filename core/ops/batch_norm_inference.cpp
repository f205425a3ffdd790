#include "core/ops/checks.h"
#include "core/ops/norms.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_batch_norm_inference(const OpCall& c) {
  takes("batch_norm_inference", c, 0, sdk::kFloats);
  same_dtype("batch_norm_inference", c, 0, 4);
  const int64_t channels = channel_count("batch_norm_inference", c.shape(0));
  need_vector("batch_norm_inference", c, 1, "weight", channels);
  need_vector("batch_norm_inference", c, 2, "bias", channels);
  need_stats("batch_norm_inference", c, 3, channels);
  return {{c.dtype(0), c.shape(0)}};
}

std::vector<Var> compose_batch_norm_inference(Builder&, const Attrs& a, std::span<const Var> in) {
  const Var x = widened(in[0]), weight = widened(in[1]), bias = widened(in[2]);
  const Var invstd = rsqrt(widened(in[4]) + a.number("eps"));
  Var y = (x - along_channels(widened(in[3]), x)) *
          along_channels(weight ? weight * invstd : invstd, x);
  if (bias) y = y + along_channels(bias, x);
  return {cast(y, in[0].dtype())};
}

}  // namespace

OpDef op_batch_norm_inference() {
  OpDef d;
  d.name = "batch_norm_inference";
  d.doc = "(x - mean) / sqrt(var + eps) * weight + bias, vectors (C) over dimension 1 of x";
  d.max_in = 5;
  d.attrs = {attr("eps", 1e-5, "added to the variance").at_least(0)};
  d.infer = infer_batch_norm_inference;
  d.compose = compose_batch_norm_inference;
  d.samples = {{{{{4, 3}}, {{3}}, {{3}}, {{3}}, {{3}, 0.5, 2}}, {}},
               {{{{2, 3, 4, 5}}, {{3}}, {{3}}, {{3}}, {{3}, 0.5, 2}}, {{"eps", 1e-3}}},
               {{{{0, 2, 3}}, {{2}}, {{2}}, {{2}}, {{2}, 0.5, 2}}, {}}};
  return d;
}

}  // namespace nnrun
