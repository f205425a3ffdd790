#include "core/nn/layer_parts.h"
#include "core/ops/checks.h"

namespace nnrun {
namespace {

/// The statistics that follow the batches.
struct RunningStats {
  Var mean, var, batches;
};

RunningStats running_stats(LayerScope& s, const Type& per_channel) {
  return {s.buffer("running_mean", per_channel, Init::zeros()),
          s.buffer("running_var", per_channel, Init::ones()),
          s.buffer("num_batches_tracked", {DType::int64, {}}, Init::zeros())};
}

/// torch's recursion, with the unbiased variance; without a momentum, the mean over all batches.
/// count: values per channel in the batch.
void follow(LayerScope& s, const RunningStats& r, Var mean, Var var, int64_t count) {
  const double unbiased = double(count) / double(count - 1);
  const Var batches = r.batches + 1;
  const auto mix = [&](auto m) {  // a number, or a value
    s.assign(r.mean, m * mean + (1 - m) * r.mean);
    s.assign(r.var, (m * unbiased) * var + (1 - m) * r.var);
  };
  if (s.attrs.has("momentum")) {
    mix(s.attrs.number("momentum"));
  } else {
    mix(1 / cast(batches, mean.dtype()));
  }
  s.assign(r.batches, batches);
}

Var build(LayerScope& s, int lo, int hi, const char* layout) {
  expect_rank(s, lo, hi, layout);
  expect_float(s);
  const int64_t channels = s.size("num_features", s.shape()[1]);
  // Statistics of 16-bit values are kept and computed in float32.
  const DType out = s.x().dtype(), t = wide(out);
  const Var x = cast(s.x(), t);
  const bool affine = s.attrs.flag("affine"), track = s.attrs.flag("track_running_stats");
  Var weight, bias;
  if (affine) weight = s.param("weight", {t, {channels}}, Init::ones());
  if (affine && s.attrs.flag("bias")) bias = s.param("bias", {t, {channels}}, Init::zeros());
  const Attrs eps = {{"eps", s.attrs.number("eps")}};
  if (track && !s.training) {
    const RunningStats r = running_stats(s, {t, {channels}});
    return cast(s.b.call1("batch_norm_inference", {x, weight, bias, r.mean, r.var}, eps), out);
  }
  const int64_t count = channels > 0 ? x.shape().numel() / channels : 0;
  if (count == 1) {
    s.fail("", "has one value per channel to normalise in a batch of shape " + s.shape().str(),
           "take a larger batch_size; when the last batch is the small one, drop_last: true");
  }
  const std::vector<Var> y = s.b.call("batch_norm", std::vector<Var>{x, weight, bias}, eps);
  if (track) follow(s, running_stats(s, {t, {channels}}), y[1], y[2], count);
  return cast(y[0], out);
}

}  // namespace

LayerDef batch_norm_layer(std::string name, int lo, int hi, const char* layout) {
  LayerDef d;
  d.name = std::move(name);
  d.doc = "normalises each channel of " + std::string(layout) +
          " over the batch; by running statistics when evaluating";
  d.attrs = {inferred_size("num_features", "channels"),
             attr("eps", 1e-5, "added to the variance").at_least(0),
             attr("momentum", 0.1,
                  "share of a batch in the running statistics; null: their mean over all batches")
                 .range(0, 1)
                 .or_null(),
             attr("affine", true, "learn a scale and a shift per channel"),
             attr("track_running_stats", true, "keep running statistics for evaluation"),
             attr("bias", true, "with affine: learn the shift")};
  d.build = [lo, hi, layout](LayerScope& s) { return build(s, lo, hi, layout); };
  return d;
}

}  // namespace nnrun
