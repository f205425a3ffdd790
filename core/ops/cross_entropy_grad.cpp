#include "core/ops/checks.h"
#include "core/ops/losses.h"
#include "core/ops/rules.h"

namespace nnrun {
namespace {

std::vector<Type> infer_cross_entropy_grad(const OpCall& c) {
  takes("cross_entropy_grad", c, 0, sdk::kFloats);
  same_dtype("cross_entropy_grad", c, 0, 1);
  check_classes("cross_entropy_grad", c, 1);
  const bool none = c.attrs.text("reduction") == "none";
  need_shape("cross_entropy_grad", "gy", c.shape(0), none ? c.shape(2) : Shape{});
  return {{c.dtype(1), c.shape(1)}};
}

/// The loss of one element is -sum_c a_c log_prob_c, where a is what the target puts on the
/// classes, so its gradient is softmax * sum_c a_c - a.
std::vector<Var> compose_cross_entropy_grad(Builder& b, const Attrs& attrs,
                                            std::span<const Var> in) {
  const Var x = widened(in[1]), target = in[2];
  const Var class_weight = in.size() > 3 ? widened(in[3]) : Var{};
  const int64_t classes = x.shape()[1];
  const double smoothing = attrs.number("label_smoothing");
  const TargetWeights t =
      target_weights(target, class_weight, classes, x.dtype(), attrs.integer("ignore_index"));

  // Ignored targets are kept away from the division too: the total is 0 when all are.
  Var g = where(t.ignored, like(x, 0), widened(in[0]));
  if (attrs.text("reduction") == "mean") g = g / where(t.ignored, like(x, 1), sum(t.weight));

  Var total = t.weight * (1 - smoothing);
  const Var index = along_channels(b.call1("arange", {}, {{"end", classes}}), x);
  Var a = where(eq(unsqueeze(target, 1), index), unsqueeze(total, 1), like(x, 0));
  if (smoothing > 0) {
    const double share = smoothing / double(classes);
    if (class_weight) {
      a = a + along_channels(class_weight, x) * share;
      total = total + sum(class_weight) * share;
    } else {
      a = a + share;
      total = total + smoothing;
    }
  }
  const Var p = b.call1("softmax", {x}, {{"dim", 1}});
  return {cast(unsqueeze(g, 1) * (p * unsqueeze(total, 1) - a), in[1].dtype())};
}

}  // namespace

OpDef op_cross_entropy_grad() {
  OpDef d;
  d.name = "cross_entropy_grad";
  d.doc = "gradient of cross_entropy for x, from gy, x, target and weight";
  d.min_in = 3;
  d.max_in = 4;
  d.attrs = {reduction_attr(), ignore_index_attr(),
             attr("label_smoothing", 0.0, "share of the target that all classes get").range(0, 1)};
  d.infer = infer_cross_entropy_grad;
  d.compose = compose_cross_entropy_grad;
  d.samples = class_loss_samples(true);
  for (size_t i : {1, 3}) d.samples[i].attrs.set("label_smoothing", 0.2);
  return d;
}

}  // namespace nnrun
