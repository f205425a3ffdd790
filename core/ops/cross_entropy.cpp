#include "core/ops/checks.h"
#include "core/ops/losses.h"
#include "core/ops/rules.h"

namespace nnrun {

OpDef op_cross_entropy() {
  OpDef d;
  d.name = "cross_entropy";
  d.doc =
      "nll_loss of log_softmax(x) over dimension 1, with label_smoothing of the target spread over "
      "the classes. Gradients flow to x alone";
  d.min_in = 2;
  d.max_in = 3;
  d.attrs = {reduction_attr(), ignore_index_attr(),
             attr("label_smoothing", 0.0, "share of the target that all classes get").range(0, 1)};
  d.infer = [](const OpCall& c) -> std::vector<Type> {
    check_classes("cross_entropy", c, 0);
    return {class_loss_type(c)};
  };
  d.compose = [](Builder& b, const Attrs& a, std::span<const Var> in) -> std::vector<Var> {
    const Var log_prob = b.call1("log_softmax", {widened(in[0])}, {{"dim", 1}});
    const Var weight = in.size() > 2 ? widened(in[2]) : Var{};
    return {
        cast(class_loss(log_prob, in[1], weight, a, a.number("label_smoothing")), in[0].dtype())};
  };
  d.gradient = [](Builder& b, const GradCall& c) -> std::vector<Var> {
    if (c.in.size() > 2 && c.want[2]) op_error("cross_entropy", "has no gradient for weight");
    std::vector<Var> g(c.in.size());
    g[0] = b.call1("cross_entropy_grad",
                   {c.gout[0], c.in[0], c.in[1], c.in.size() > 2 ? c.in[2] : Var{}}, c.attrs);
    return g;
  };
  d.samples = class_loss_samples(false);
  for (size_t i : {1, 3}) d.samples[i].attrs.set("label_smoothing", 0.2);
  for (Sample& s : d.samples) {
    if (s.in.size() > 2) s.in[2].no_grad = true;
  }
  return d;
}

}  // namespace nnrun
