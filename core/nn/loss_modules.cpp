#include <nnrun/nn/losses.h>

#include <ostream>

#include "core/eager/call.h"
#include "core/nn/loss.h"

namespace nnrun::nn {

#define NNRUN_PRINT(Name, f) \
  void Name##Impl::pretty_print(std::ostream& out) const { out << "torch::nn::" #Name "()"; }
NNRUN_LOSSES(NNRUN_PRINT)
#undef NNRUN_PRINT

namespace functional {
namespace {

constexpr size_t kMostTraces =
    64;  // a thread keeps; more kinds of losses than that and it starts anew

struct TracedLoss {
  const LossDef* def;
  Attrs attrs;
  Type input, target;
  const EagerDevice* device;
  Traced traced;
};

const Traced& find_trace(const LossDef& def, const Attrs& attrs, const Tensor& input,
                         const Tensor& target) {
  thread_local std::vector<std::unique_ptr<TracedLoss>> traces;
  const Type x = type_of(input), y = type_of(target);
  for (const auto& t : traces) {
    if (t->def == &def && t->input == x && t->target == y && t->device == &device_of(input) &&
        t->attrs == attrs) {
      return t->traced;
    }
  }
  auto t = std::make_unique<TracedLoss>(TracedLoss{&def, attrs, x, y, &device_of(input), {}});
  Graph& g = t->traced.graph;
  GraphBuilder b(g);
  const Var p = b.var(g.add_input("input", x)), q = b.var(g.add_input("target", y));
  t->traced.in = {p.id, q.id};
  t->traced.out = {def.build(b, attrs, p, q).id};
  t->traced.finish(*t->device);
  if (traces.size() >= kMostTraces) traces.clear();
  traces.push_back(std::move(t));
  return traces.back()->traced;
}

Tensor loss(const LossDef& def, const reduction_t& reduction, const Tensor& input,
            const Tensor& target, Attrs attrs = {}) {
  static const char* const names[] = {"none", "mean", "sum"};
  defined(input, def.name.c_str());
  defined(target, def.name.c_str());
  attrs.set("reduction", names[reduction.index()]);
  const Tensor in[] = {input, target};
  return find_trace(def, attrs, input, target).replay(TensorSpan(in, 2)).at(0);
}

Tensor reduce(const Tensor& losses, const reduction_t& reduction) {
  return reduction.index() == 0 ? losses : reduction.index() == 1 ? losses.mean() : losses.sum();
}

/// Losses of classes, each times the weight of its class; the mean is over the weights.
Tensor weigh_classes(const Tensor& losses, const Tensor& weight, const Tensor& target,
                     int64_t ignore_index, const reduction_t& reduction) {
  const Tensor counts = ne(target, ignore_index);
  const Tensor classes = where(counts, target, zeros_like(target));
  const Tensor w = weight.index_select(0, classes.flatten()).view(target.sizes()) * counts;
  const Tensor weighed = losses * w;
  return reduction.index() == 1 ? weighed.sum() / w.sum() : reduce(weighed, reduction);
}

}  // namespace

Tensor l1_loss(const Tensor& input, const Tensor& target, const L1LossOptions& o) {
  static const LossDef& def = find_loss("L1Loss");
  return loss(def, o.reduction(), input, target);
}
Tensor mse_loss(const Tensor& input, const Tensor& target, const MSELossOptions& o) {
  static const LossDef& def = find_loss("MSELoss");
  return loss(def, o.reduction(), input, target);
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossOptions& o) {
  static const LossDef& def = find_loss("SmoothL1Loss");
  return loss(def, o.reduction(), input, target, {{"beta", o.beta().value_or(1.0)}});
}
Tensor smooth_l1_loss(const Tensor& input, const Tensor& target, const SmoothL1LossOptions& o,
                      double beta) {
  return smooth_l1_loss(input, target, SmoothL1LossOptions(o).beta(beta));
}
Tensor huber_loss(const Tensor& input, const Tensor& target, const HuberLossOptions& o) {
  static const LossDef& def = find_loss("HuberLoss");
  return loss(def, o.reduction(), input, target, {{"delta", o.delta()}});
}
Tensor binary_cross_entropy(const Tensor& input, const Tensor& target, const BCELossOptions& o) {
  static const LossDef& def = find_loss("BCELoss");
  if (!o.weight().defined()) return loss(def, o.reduction(), input, target);
  return reduce(loss(def, kNone, input, target) * o.weight(), o.reduction());
}
Tensor binary_cross_entropy_with_logits(const Tensor& input, const Tensor& target,
                                        const BCEWithLogitsLossOptions& o) {
  static const LossDef& def = find_loss("BCEWithLogitsLoss");
  if (!o.weight().defined() && !o.pos_weight().defined()) {
    return loss(def, o.reduction(), input, target);
  }
  Tensor losses;
  if (o.pos_weight().defined()) {
    // log(1 + exp(-x)) without overflow, times pos_weight where the target is 1.
    const Tensor softplus = log1p(exp(-abs(input))) + relu(-input);
    losses = (1 - target) * input + ((o.pos_weight() - 1) * target + 1) * softplus;
  } else {
    losses = loss(def, kNone, input, target);
  }
  if (o.weight().defined()) losses = losses * o.weight();
  return reduce(losses, o.reduction());
}
Tensor nll_loss(const Tensor& input, const Tensor& target, const NLLLossOptions& o) {
  static const LossDef& def = find_loss("NLLLoss");
  const Attrs attrs = {{"ignore_index", o.ignore_index()}};
  if (!o.weight().defined()) return loss(def, o.reduction(), input, target, attrs);
  return weigh_classes(loss(def, kNone, input, target, attrs), o.weight(), target, o.ignore_index(),
                       o.reduction());
}
Tensor cross_entropy(const Tensor& input, const Tensor& target, const CrossEntropyLossOptions& o) {
  static const LossDef& def = find_loss("CrossEntropyLoss");
  const Attrs attrs = {{"ignore_index", o.ignore_index()},
                       {"label_smoothing", o.label_smoothing()}};
  if (!o.weight().defined()) return loss(def, o.reduction(), input, target, attrs);
  if (o.label_smoothing() != 0) {
    throw Error(Code::model, "[cross_entropy] weight and label_smoothing at once");
  }
  return weigh_classes(loss(def, kNone, input, target, attrs), o.weight(), target, o.ignore_index(),
                       o.reduction());
}

}  // namespace functional
}  // namespace nnrun::nn
